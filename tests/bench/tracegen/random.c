#include "tracegen.h"

#define POOL (4 << 20)

static uint64_t state[4]; /* xoshiro256**, begun by splitmix64 */
static uint8_t *pool;

static inline uint64_t rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

uint64_t random_u64(void)
{
	uint64_t r = rotl(state[1] * 5, 7) * 9, t = state[1] << 17;
	state[2] ^= state[0];
	state[3] ^= state[1];
	state[1] ^= state[2];
	state[0] ^= state[3];
	state[2] ^= t;
	state[3] = rotl(state[3], 45);
	return r;
}

static uint64_t split_mix(uint64_t *x)
{
	uint64_t z = (*x += 0x9e3779b97f4a7c15ULL);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

double uniform(void)
{
	return (random_u64() >> 11) * (1.0 / 9007199254740992.0);
}

uint32_t below(uint32_t n)
{
	return (uint32_t)(((random_u64() >> 32) * (uint64_t)n) >> 32);
}

double normal(void)
{
	double u = uniform() + 1e-18, v = uniform();
	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

double exponential(double m)
{
	return -m * log(uniform() + 1e-18);
}

void random_bytes(uint8_t *p, int n)
{
	while (n >= 8) {
		uint64_t r = random_u64();
		memcpy(p, &r, 8);
		p += 8;
		n -= 8;
	}
	if (n) {
		uint64_t r = random_u64();
		memcpy(p, &r, n);
	}
}

void random_begin(uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		state[i] = split_mix(&seed);
	pool = malloc(POOL);
	random_bytes(pool, POOL);
}

const uint8_t *noise(void)
{
	return pool + (random_u64() & (POOL - 65536));
}
