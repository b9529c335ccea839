/* Tells ThreadSanitizer when Synchronization.Mutex is taken and given by a thread that had to wait.
 *
 * Without contention, a mutex is changed by an atomic operation in the program itself, which the sanitizer sees. With contention,
 * the toolchain's library, which is not instrumented, lets the kernel pass the mutex on. The sanitizer does not see that, and
 * reports the accesses of the two threads as a race. This library is preloaded, and stands before these two functions. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

#define MANGLED(name) __asm__("$s15Synchronization12_MutexHandleV" name)
#define SELF __attribute__((swift_context)) void *

/* They are missing in programs without the sanitizer, such as `swift test` itself. */
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

__attribute__((swiftcall)) void lock_slowly(uint32_t thread, SELF mutex) MANGLED("9_lockSlowyys6UInt32VF");
__attribute__((swiftcall)) void unlock_slowly(SELF mutex) MANGLED("11_unlockSlowyyF");

static void *next(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (function == NULL) __builtin_trap();
  return function;
}

__attribute__((swiftcall)) void lock_slowly(uint32_t thread, SELF mutex) {
  static __attribute__((swiftcall)) void (*original)(uint32_t, SELF);
  if (original == NULL) original = next("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
  original(thread, mutex);
  if (__tsan_acquire != NULL) __tsan_acquire(mutex);
}

__attribute__((swiftcall)) void unlock_slowly(SELF mutex) {
  static __attribute__((swiftcall)) void (*original)(SELF);
  if (original == NULL) original = next("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
  if (__tsan_release != NULL) __tsan_release(mutex);
  original(mutex);
}
