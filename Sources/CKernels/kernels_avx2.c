// Eight floats at a time, with fused multiply-add.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#include "kernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define XXH_VECTOR 2  // XXH_AVX2
#define VECTOR_WIDTH 8
#define TILE_ROWS 6
#define PANELS_PER_TILE 1
#define TABLE kernels_avx2
#include "kernels.inc"
#pragma clang attribute pop
#endif
