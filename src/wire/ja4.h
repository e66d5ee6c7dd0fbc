/* JA4, the fingerprint of a TLS client. spec: FoxIO, "JA4: TLS Client Fingerprinting" (BSD-3) */
#ifndef WIRE_JA4_H
#define WIRE_JA4_H

#include "wire/tls.h"

#define JA4_MAX 37 /* bytes, with the final NUL */

void ja4(const struct client_hello *hello, bool is_quic, char ret_text[JA4_MAX]);

#endif
