#include <stdatomic.h>

#include "kernels.h"

const kernel_table *kernels_of(ck_instruction_set set) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (set == ck_avx512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") ? &kernels_avx512 : NULL;
  if (set == ck_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernels_avx2 : NULL;
#endif
  return set == ck_baseline ? &kernels_baseline : NULL;
}

int ck_has_instruction_set(ck_instruction_set set) { return kernels_of(set) != NULL; }

const kernel_table *kernels_of_this_processor(void) {
  // Two threads may do this at the same time. They find the same result.
  static _Atomic(const kernel_table *) found;
  const kernel_table *table = atomic_load_explicit(&found, memory_order_acquire);
  if (table) return table;
  table = kernels_of(ck_avx512);
  if (!table) table = kernels_of(ck_avx2);
  if (!table) table = kernels_of(ck_baseline);
  atomic_store_explicit(&found, table, memory_order_release);
  return table;
}
