#include "kernels.h"

void ck_pool(
    ck_pool_summary summary, const float *window, size_t rows, size_t columns, size_t row_stride, size_t column_stride,
    size_t channels, float divisor, float *result) {
  kernels_of_this_processor()->pool(
      summary, window, rows, columns, row_stride, column_stride, channels, divisor, result);
}

void ck_transpose(const float *source, size_t rows, size_t columns, float *target) {
  kernels_of_this_processor()->transpose(source, rows, columns, target);
}
