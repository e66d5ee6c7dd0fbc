#include "capture/linktype.h"

#include <pcap/pcap.h>
#include <stddef.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Where the two differ here; all others are equal. */
static const struct {
	uint16_t linktype;
	int dlt;
} pairs[] = {
	{ 100, DLT_ATM_RFC1483 }, { 101, DLT_RAW },      { 102, DLT_SLIP_BSDOS }, { 103, DLT_PPP_BSDOS },
	{ 104, DLT_C_HDLC },      { 106, DLT_ATM_CLIP }, { 246, DLT_PFSYNC },
};

/* DLT values found in old files, of systems where they mean one thing only: OpenBSD's 14 is raw IP as well.
 */
static const struct {
	uint16_t field, linktype;
} old[] = {
	{ 11, 100 },
	{ 12, 101 },
	{ 14, 101 },
	{ 19, 106 },
};

uint16_t linktype_of_field(uint32_t field)
{
	field &= 0x03ffffff; /* the six bits above tell of the frame check sequence */
	if (field > UINT16_MAX)
		return LINKTYPE_UNKNOWN;
	for (size_t i = 0; i < LENGTH_OF(old); i++)
		if (old[i].field == field)
			return old[i].linktype;
	return (uint16_t)field;
}

uint16_t linktype_of_dlt(int dlt)
{
	for (size_t i = 0; i < LENGTH_OF(pairs); i++)
		if (pairs[i].dlt == dlt)
			return pairs[i].linktype;
	return dlt < 0 || dlt > UINT16_MAX ? LINKTYPE_UNKNOWN : (uint16_t)dlt;
}

int linktype_to_dlt(uint16_t linktype)
{
	for (size_t i = 0; i < LENGTH_OF(pairs); i++)
		if (pairs[i].linktype == linktype)
			return pairs[i].dlt;
	return linktype;
}
