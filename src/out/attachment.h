/* What the extractors say of one request, kept with it until its visit is told. */
#ifndef OUT_ATTACHMENT_H
#define OUT_ATTACHMENT_H

#include "decrypt/request.h"
#include "out/plugins.h"
#include "out/record.h"

struct attachment;

/* Asks the extractors. returns: NULL if they say nothing. */
struct attachment *attachment_new(const struct knowledge *know, struct extractors *x,
				  const struct request *request);
void attachment_free(struct attachment *a);

/* For plugins_set_disclose: takes what an extractor says. */
void attachment_disclose(void *attachment, const struct ol_disclosure *what);

/* Fills in the disclosures of r->visit. */
void attachment_put_all(const struct record_spec *spec, struct record *r, const struct visit_result *v);

#endif
