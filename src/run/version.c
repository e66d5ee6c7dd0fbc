#include "run/version.h"

#include <openssl/crypto.h>
#include <pcap/pcap.h>

void version_print(FILE *out)
{
	fprintf(out, "onlooker %s\n%s\n%s\nfeatures: %s\n", ONLOOKER_VERSION, pcap_lib_version(),
		OpenSSL_version(OPENSSL_VERSION), ONLOOKER_FEATURES);
}
