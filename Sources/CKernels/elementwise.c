#include "kernels.h"

void ck_unary(ck_unary_operation operation, const float *operand, float *result, size_t count) {
  kernels_of_this_processor()->unary(operation, operand, result, count);
}

void ck_binary(
    ck_binary_operation operation, const float *left, size_t left_stride, const float *right, size_t right_stride,
    float *result, size_t count) {
  kernels_of_this_processor()->binary(operation, left, left_stride, right, right_stride, result, count);
}

void ck_normalize(
    const float *operand, const float *center, size_t center_stride, const float *scale, size_t scale_stride,
    const float *shift, size_t shift_stride, float *result, size_t count) {
  kernels_of_this_processor()->normalize(
      operand, center, center_stride, scale, scale_stride, shift, shift_stride, result, count);
}

void ck_apply_epilogue(const ck_epilogue *epilogue, float *pixels, size_t count, size_t stride, size_t channels) {
  kernels_of_this_processor()->apply_epilogue(epilogue, pixels, count, stride, channels);
}

void ck_select(
    const float *condition, size_t condition_stride, const float *first, size_t first_stride, const float *second,
    size_t second_stride, float *result, size_t count) {
  kernels_of_this_processor()->select(
      condition, condition_stride, first, first_stride, second, second_stride, result, count);
}

void ck_clip(const float *operand, float minimum, float maximum, float *result, size_t count) {
  kernels_of_this_processor()->clip(operand, minimum, maximum, result, count);
}
