/* What message.c and teller.c share. */
#ifndef DECRYPT_TELLER_PARTS_H
#define DECRYPT_TELLER_PARTS_H

#include "decrypt/teller.h"

struct field {
	uint32_t at, name_len, value_len; /* in message.text: the name, behind it the value */
};

struct teller {
	struct request_sink sink;
	struct decrypt_limits limits;
	struct budget budget;
	struct decrypt_counts counts;
	struct buf headers, cookie; /* of the message being told */
	uint8_t decoded[REQUEST_BODY_MAX];
};

uint32_t message_fields(const struct message *m);
struct header message_field(const struct message *m, uint32_t i);

#endif
