// Four floats at a time: SSE2 on x86-64, NEON on ARM.
#include <math.h>

#include "kernels.h"

#define VECTOR_WIDTH 4
#define TILE_ROWS 3
#define PANELS_PER_TILE 1
#define TABLE kernels_baseline
#include "kernels.inc"
