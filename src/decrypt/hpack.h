/* Header blocks of HTTP/2, one direction of one connection, also after lost bytes.
 *
 * An entry of the dynamic table that was, or may have been, added by a lost block is unknown: what refers to
 * it is left out, and counted. Nothing is guessed, and later blocks are read on. spec: RFC 7541
 */
#ifndef DECRYPT_HPACK_H
#define DECRYPT_HPACK_H

#include "decrypt/teller.h"

struct hpack;

struct hpack *hpack_new(struct teller *t); /* NULL if out of memory */
void hpack_free(struct hpack *h);

/* A block may have been lost: the entries known so far may stand at other indices. */
void hpack_gap(struct hpack *h);

/* Adds the headers of a whole block to *m.
 *
 * returns: false if it is broken; the headers before that are added.
 */
bool hpack_read(struct hpack *h, struct bytes block, struct message *m);

/* One string of Huffman's code (appendix B) to out. returns: its length, or -1 if it is broken or longer than
 * max. */
int huffman_decode(struct bytes code, uint8_t *out, size_t max);

/* Bytes that a text takes in that code. */
size_t huffman_length(const char *text);

#endif
