#define _GNU_SOURCE

#include "CSystem.h"

#if defined(__linux__)
#include <fcntl.h>
#include <malloc.h>
#endif

void cs_keep_freed_memory(void) {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_TOP_PAD, 16 << 20);
#endif
}

void cs_start_writing_back(int descriptor, int64_t offset, int64_t byte_count) {
#if defined(__linux__)
  (void)sync_file_range(descriptor, offset, byte_count, SYNC_FILE_RANGE_WRITE);
#else
  (void)descriptor, (void)offset, (void)byte_count;
#endif
}
