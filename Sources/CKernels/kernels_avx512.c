// Sixteen floats at a time, with fused multiply-add.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#include "kernels.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#define XXH_VECTOR 3  // XXH_AVX512
#define VECTOR_WIDTH 16
#define TILE_ROWS 12
#define PANELS_PER_TILE 2
#define TABLE kernels_avx512
#include "kernels.inc"
#pragma clang attribute pop
#endif
