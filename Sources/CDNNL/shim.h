#pragma once

#include <dlfcn.h>
#include <dnnl.h>
#include <stdatomic.h>
#include <stddef.h>

// oneDNN is looked up when the first product needs it: loading it takes as long as a whole `bntool inspect`, which multiplies
// nothing. Debian 12 has version 2, later systems version 3; the functions used here are the same in both.

typedef dnnl_status_t (*cdnnl_sgemm_function)(
    char, char, dnnl_dim_t, dnnl_dim_t, dnnl_dim_t, float, const float *, dnnl_dim_t, const float *, dnnl_dim_t, float,
    float *, dnnl_dim_t);

/// What is used of the library, and of the OpenMP that it computes with.
typedef struct {
  /// NULL where the library is not installed.
  cdnnl_sgemm_function sgemm;
  /// NULL where the library has threads of another kind, or none.
  int (*thread_count)(void);
  void (*set_thread_count)(int);
} cdnnl_functions;

static inline cdnnl_functions cdnnl_find(void) {
  static _Atomic(cdnnl_sgemm_function) found = NULL;
  static _Atomic(void *) thread_count = NULL, set_thread_count = NULL;
  // Two threads may both look it up, and find the same. The product is stored last, so who sees it sees all.
  const char *names[] = {"libdnnl.so.3", "libdnnl.so.2", "libdnnl.so", "libdnnl.dylib"};
  for (size_t i = 0; atomic_load_explicit(&found, memory_order_acquire) == NULL && i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) continue;
    // A look-up goes on in what the library is linked with.
    atomic_store(&thread_count, dlsym(library, "omp_get_max_threads"));
    atomic_store(&set_thread_count, dlsym(library, "omp_set_num_threads"));
    atomic_store_explicit(&found, (cdnnl_sgemm_function)dlsym(library, "dnnl_sgemm"), memory_order_release);
  }
  cdnnl_functions functions = {
      atomic_load_explicit(&found, memory_order_acquire), (int (*)(void))atomic_load(&thread_count),
      (void (*)(int))atomic_load(&set_thread_count)};
  return functions;
}

/// The row-major product of (rows, inner) and (inner, columns); NULL for the library is the caller's mistake.
///
/// On the calling thread alone where that is asked for: OpenMP's setting is one of each thread's own.
static inline dnnl_status_t cdnnl_multiply(
    cdnnl_functions library, dnnl_dim_t rows, dnnl_dim_t columns, dnnl_dim_t inner, const float *left,
    const float *right, float *result, int alone) {
  int threads = alone && library.thread_count && library.set_thread_count ? library.thread_count() : 1;
  if (threads > 1) library.set_thread_count(1);
  dnnl_status_t status =
      library.sgemm('N', 'N', rows, columns, inner, 1, left, inner, right, columns, 0, result, columns);
  if (threads > 1) library.set_thread_count(threads);
  return status;
}
