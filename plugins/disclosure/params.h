/* The parameters of one request, wherever they are: query, form, parts of the path, JSON, cookies. */
#ifndef PARAMS_H
#define PARAMS_H

#include <stdint.h>

#include "catalogue.h"
#include "scratch.h"

enum {
	PARAMS_MAX = 1024, /* of one request; more are left out and counted */
	PARAM_NAME_MAX = 255,
	PARAM_VALUE_MAX = 16384, /* bytes kept; the rest is cut */
};

/* memory: the strings live in the scratch that params_init was given. */
struct param {
	const char *name;
	const char *value; /* decoded, NUL-terminated, without NUL inside */
	uint32_t value_len;
	uint32_t sent_len; /* of the value as sent */
	uint16_t group;    /* 0, or the number of the line of the body that held it */
	uint8_t source;    /* enum source */
	const char *own;   /* what own_find says of the value, "" for nothing; NULL: not asked yet */
};

struct params {
	struct scratch *scratch;
	struct param at[PARAMS_MAX];
	size_t n, left_out;
};

void params_init(struct params *p, struct scratch *scratch);

/* A parameter as it is, without decoding. */
void params_add(struct params *p, enum source source, unsigned group, const char *name, size_t name_len,
		const char *value, size_t value_len);

/* "a=b&c=d", percent-encoded, '+' for a blank. spec: URL standard, application/x-www-form-urlencoded parsing.
 */
void params_form(struct params *p, enum source source, unsigned group, const char *text, size_t len);

/* Parameters in a path: "/activity;src=1;u1=x", "/ibs:dpid=1&dpuuid=x", "/map/c=1/tpid=x". */
void params_path(struct params *p, const char *path, size_t len);

/* The body of multipart/form-data. spec: RFC 7578. content_type: with its boundary. */
void params_multipart(struct params *p, const char *content_type, const char *body, size_t len);

/* A Cookie header. spec: RFC 6265, 4.2. */
void params_cookies(struct params *p, const char *cookie);

/* Percent-decoding in place of text[0..len). returns: the new length; NULs become blanks. plus: '+' is a
 * blank. */
size_t percent_decode(char *text, size_t len, bool plus);

#endif
