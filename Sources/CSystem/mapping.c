#define _GNU_SOURCE

#include "CSystem.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

enum { slot_count = 1024 };

// The signal handler reads these variables and cannot wait for a lock, so they are atomic. A slot is free if its size is 0.
static struct {
  _Atomic uintptr_t start;
  _Atomic size_t byte_count;
  _Atomic int is_damaged;
} slots[slot_count];

static struct sigaction previous;
static uintptr_t page_size;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/// Maps a page of zeros in the place of a page that the file no longer has. A signal handler may make only direct system calls.
static void handle(int signal, siginfo_t *information, void *context) {
  uintptr_t address = (uintptr_t)information->si_addr;
  for (int slot = 0; slot < slot_count; slot++) {
    size_t byte_count = atomic_load(&slots[slot].byte_count);
    uintptr_t start = atomic_load(&slots[slot].start);
    if (byte_count == 0 || address < start || address - start >= byte_count) continue;
    atomic_store(&slots[slot].is_damaged, 1);
    void *page = (void *)(address & ~(page_size - 1));
    if (mmap(page, page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED) return;
    break;
  }
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(signal, information, context);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
  } else {
    // The instruction runs again, and the system ends the program, as it would without a handler.
    sigaction(SIGBUS, &previous, NULL);
  }
}

/// Installs the signal handler once. The caller must hold the lock.
static int install(void) {
  static int is_installed;
  if (is_installed) return 1;
  page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
  struct sigaction action = {0};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  is_installed = sigaction(SIGBUS, &action, &previous) == 0;
  return is_installed;
}

const void *cs_map(int descriptor, size_t byte_count, int *slot) {
  if (byte_count == 0) return NULL;
  void *start = NULL;
  pthread_mutex_lock(&lock);
  int found = 0;
  while (found < slot_count && atomic_load(&slots[found].byte_count) != 0) found++;
  if (found < slot_count && install()) {
    start = mmap(NULL, byte_count, PROT_READ, MAP_SHARED, descriptor, 0);
    if (start == MAP_FAILED) start = NULL;
  }
  if (start) {
    atomic_store(&slots[found].is_damaged, 0);
    atomic_store(&slots[found].start, (uintptr_t)start);
    atomic_store(&slots[found].byte_count, byte_count);
    *slot = found;
  }
  pthread_mutex_unlock(&lock);
  return start;
}

int cs_is_damaged(int slot) { return atomic_load(&slots[slot].is_damaged); }

void cs_prepare(const void *start, size_t byte_count) {
#if defined(__linux__)
  uintptr_t first = (uintptr_t)start & ~(page_size - 1);
  enum { populate_read = 22 };
  (void)madvise((void *)first, (uintptr_t)start + byte_count - first, populate_read);
#else
  (void)start, (void)byte_count;
#endif
}

void cs_unmap(int slot) {
  pthread_mutex_lock(&lock);
  void *start = (void *)atomic_load(&slots[slot].start);
  size_t byte_count = atomic_load(&slots[slot].byte_count);
  // From here on, the handler does not treat faults at these addresses as faults of this mapping.
  atomic_store(&slots[slot].byte_count, 0);
  munmap(start, byte_count);
  pthread_mutex_unlock(&lock);
}
