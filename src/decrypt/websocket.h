/* Sizes of WebSocket messages, one direction of one connection.
 * spec: RFC 6455 5.2
 */
#ifndef DECRYPT_WEBSOCKET_H
#define DECRYPT_WEBSOCKET_H

#include "decrypt/teller.h"

/* All zero at the start. */
struct websocket {
	uint8_t head[14];
	uint8_t n_head;
	bool is_lost;  /* after a gap it is not known where a frame begins: nothing more is told */
	bool is_open;  /* a message of several frames */
	uint64_t left; /* payload of the frame at hand */
	bool is_final, is_control;
	struct socket_message message;
};

/* about: flow, stream and direction of its messages. */
void websocket_data(struct websocket *s, struct teller *t, const struct socket_message *about,
		    struct bytes data, struct when at);

/* lost: 0 if not known. */
void websocket_gap(struct websocket *s, uint64_t lost);

#endif
