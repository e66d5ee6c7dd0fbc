#include "base/pages.h"

#include <sys/mman.h>

enum { LARGE = 1 << 21 /* below this large pages would waste memory */ };

void *pages_new(size_t bytes)
{
	void *p =
	    mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (bytes >= LARGE)
		madvise(p, bytes, MADV_HUGEPAGE);
	return p;
}

void pages_clear(void *pages, size_t bytes)
{
	madvise(pages, bytes, MADV_DONTNEED);
}

void pages_free(void *pages, size_t bytes)
{
	if (pages)
		munmap(pages, bytes);
}
