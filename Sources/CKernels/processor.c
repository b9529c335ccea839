#include <stdatomic.h>

#include "kernels.h"

const kernel_table *kernels_of_this_processor(void) {
  // Two threads may do this at the same time. They find the same result.
  static _Atomic(const kernel_table *) found;
  const kernel_table *table = atomic_load_explicit(&found, memory_order_acquire);
  if (table) return table;
  table = &kernels_baseline;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) table = &kernels_avx2;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) table = &kernels_avx512;
#endif
  atomic_store_explicit(&found, table, memory_order_release);
  return table;
}
