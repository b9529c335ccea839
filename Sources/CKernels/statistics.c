#include "kernels.h"

void ck_add_rows(const float *rows, size_t row_count, size_t row_stride, size_t columns, double *sums) {
  kernels_of_this_processor()->add_rows(rows, row_count, row_stride, columns, sums);
}

void ck_add_squared_deviations(
    const float *rows, size_t row_count, size_t row_stride, size_t columns, const double *means, double *sums) {
  kernels_of_this_processor()->add_squared_deviations(rows, row_count, row_stride, columns, means, sums);
}
