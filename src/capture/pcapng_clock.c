#include "capture/pcapng_clock.h"

#include "base/time.h"
#include "capture/walk.h"

#define IS_BINARY 0x80

static uint64_t power_of_ten(unsigned int n)
{
	uint64_t v = 1;
	while (n-- > 0)
		if (__builtin_mul_overflow(v, 10, &v))
			return UINT64_MAX; /* such a clock never gets to a nanosecond */
	return v;
}

struct pcapng_clock pcapng_clock(uint8_t tsresol, int64_t offset_s)
{
	struct pcapng_clock c = { .multiply = 1, .divide = 1 };
	uint8_t exponent = tsresol & 0x7f;
	if (__builtin_mul_overflow(offset_s, NS_PER_S, &c.offset_ns))
		c.offset_ns = offset_s < 0 ? INT64_MIN : INT64_MAX;
	if (tsresol & IS_BINARY && exponent > 0)
		c.shift = exponent;
	else if (tsresol & IS_BINARY)
		c.multiply = NS_PER_S;
	else if (exponent <= 9)
		c.multiply = power_of_ten(9U - exponent);
	else
		c.divide = power_of_ten(exponent - 9U);
	return c;
}

bool pcapng_clock_is_fine(uint8_t tsresol)
{
	return (tsresol & 0x7f) > (tsresol & IS_BINARY ? 20 : 6);
}

/* Fractions of 2^-shift s. */
static uint64_t binary_ns(uint64_t units, uint8_t shift)
{
	__extension__ typedef unsigned __int128 wide;
	wide ns = (wide)units * (uint64_t)NS_PER_S >> shift;
	return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

int64_t pcapng_clock_ns(const struct pcapng_clock *c, uint64_t units)
{
	uint64_t ns;
	if (c->shift)
		ns = binary_ns(units, c->shift);
	else if (c->divide > 1)
		ns = units / c->divide;
	else if (__builtin_mul_overflow(units, c->multiply, &ns))
		ns = UINT64_MAX;
	return walk_add_ns(ns > INT64_MAX ? INT64_MAX : (int64_t)ns, c->offset_ns);
}
