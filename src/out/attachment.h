/* What is kept with a readable request until its visit is told: what extractors say that it gives away, and
 * what it says of consent. One set of attachments a shard, used by one thread.
 *
 * limits: in bytes over all, see attachments_spec; what goes beyond is counted, and its disclosures are left
 * out.
 */
#ifndef OUT_ATTACHMENT_H
#define OUT_ATTACHMENT_H

#include "base/hash.h"
#include "decrypt/request.h"
#include "out/plugins.h"
#include "out/record.h"
#include "track/consent.h"

struct attachments_spec {
	const struct knowledge *know;
	struct extractors *extractors; /* borrowed; NULL: only consent is noted */
	struct hash_key hash_key;
	size_t bytes_max;
	bool reveal; /* texts whole, with what may identify a person in them: see redact.h */
};

struct attachments;

struct attachments *attachments_new(const struct attachments_spec *spec); /* NULL if out of memory */
void attachments_free(struct attachments *all); /* after every attachment was dropped */

/* returns: what to keep with the request; NULL if there is nothing to be kept. */
void *attachments_request(struct attachments *all, const struct request *r);

/* The answer to a request: cookies that it sets are added to what is kept with the request. */
void attachments_response(struct attachments *all, const struct response *r);

void attachments_drop(struct attachments *all, void *attachment);

/* Requests of which something was left out for want of room. */
uint64_t attachments_n_left_out(const struct attachments *all);
uint64_t attachments_n_unanswered(const struct attachments *all); /* whose answers are no longer waited for */

/* For plugins_set_disclose: takes what an extractor says. */
void attachment_disclose(void *attachment, const struct ol_disclosure *what);

/* NULL is fine. returns: NULL if nothing was noted. */
const struct consent_fact *attachment_fact(const void *attachment);

/* Fills in the disclosures of r->visit. Where an extractor named no company, the one behind the host's CNAME
 * chain is told. */
void attachment_put_all(const struct record_spec *spec, struct record *r, const struct visit_result *v);

#endif
