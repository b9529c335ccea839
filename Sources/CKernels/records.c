#include "kernels.h"

void ck_average_records(
    const ck_records *records, ck_spread spread, size_t size, ck_double_double *means, ck_double_double *deviations) {
  kernels_of_this_processor()->average_records(records, spread, size, means, deviations);
}

int ck_settle(double *values, size_t count, double least) {
  return kernels_of_this_processor()->settle(values, count, least);
}

int ck_are_finite(const float *values, size_t count, float least) {
  return kernels_of_this_processor()->are_finite(values, count, least);
}

int ck_are_finite_doubles(const double *values, size_t count, double least) {
  return kernels_of_this_processor()->are_finite_doubles(values, count, least);
}
