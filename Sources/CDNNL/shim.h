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

/// The library's `dnnl_sgemm`; NULL where the library is not installed.
static inline cdnnl_sgemm_function cdnnl_sgemm(void) {
  static _Atomic(cdnnl_sgemm_function) found = NULL;
  cdnnl_sgemm_function function = atomic_load_explicit(&found, memory_order_acquire);
  if (function != NULL) return function;
  // Two threads may both look it up, and find the same.
  const char *names[] = {"libdnnl.so.3", "libdnnl.so.2", "libdnnl.so", "libdnnl.dylib"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) continue;
    function = (cdnnl_sgemm_function)dlsym(library, "dnnl_sgemm");
    if (function == NULL) continue;
    atomic_store_explicit(&found, function, memory_order_release);
    return function;
  }
  return NULL;
}
