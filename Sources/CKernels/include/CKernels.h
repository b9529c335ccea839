#pragma once

#include <stddef.h>
#include <stdint.h>

// Single-precision kernels, and kernels for update records. Each is compiled for several instruction sets, and the first call
// chooses one for the processor of this machine. Every element of a result depends only on its own operands, in one fixed order
// of additions. So the result does not depend on the number of rows, or on the position of a row among them. Bits may differ
// between instruction sets, because only some of them have fused multiply-add.

/// The instruction sets of the kernels, from slow to fast.
typedef enum { ck_baseline, ck_avx2, ck_avx512 } ck_instruction_set;

/// Whether this processor has an instruction set.
int ck_has_instruction_set(ck_instruction_set set);

/// The number of columns in a panel of a packed matrix.
enum { ck_panel_width = 16 };

// MARK: Products

/// The number of floats that `ck_pack` writes for a matrix of `inner` rows and `columns` columns.
size_t ck_packed_count(size_t inner, size_t columns);

/// Packs a row-major matrix (inner, columns) into panels of 16 columns. The last panel is filled with zeros. In a panel, the 16
/// numbers of each row follow the numbers of the row before.
void ck_pack(const float *matrix, size_t inner, size_t columns, float *packed);

/// The last operation on the numbers of a pixel. A gate is the product of a number x and a function of x.
typedef enum {
  ck_activation_none,
  ck_activation_rectify,
  ck_activation_logistic,
  ck_activation_hyperbolic_tangent,
  /// x in minimum…maximum
  ck_activation_clip,
  /// x · logistic(x)
  ck_activation_logistic_gate,
  /// x · clip((x - gate_center) · gate_scale + gate_shift), such as the hard swish
  ck_activation_clip_gate
} ck_activation;

/// Operations on each number of some pixels: a normalization (x - center) / divisor · scale + shift, the addition of another number,
/// and an activation. They give the same bits as separate passes. The rows of a matrix are pixels too, and its columns are channels.
typedef struct {
  /// One number for each channel, with a stride of 1, or one number for all channels, with a stride of 0.
  const float *center, *scale, *shift;
  size_t center_stride, scale_stride, shift_stride;
  /// The same for the divisor, or null.
  const float *divisor;
  size_t divisor_stride;
  /// The numbers to add, or null. The stride counts the floats from one pixel to the next.
  const float *addend;
  size_t addend_stride;
  ck_activation activation;
  float minimum, maximum;
  float gate_center, gate_scale, gate_shift;
} ck_epilogue;

/// Applies the operations to pixels in place. The stride counts the floats from one pixel to the next.
void ck_apply_epilogue(const ck_epilogue *epilogue, float *pixels, size_t count, size_t stride, size_t channels);

/// result (rows, columns) = left (rows, inner) × packed (inner, columns). Each element is a sum over `inner` in ascending order, in
/// chains of 256 products. Then the epilogue is applied, which may be null.
///
/// The strides count the floats from one row to the next.
void ck_multiply(
    const float *left, size_t left_stride, const float *packed, size_t rows, size_t inner, size_t columns, float *result,
    size_t result_stride, const ck_epilogue *epilogue);

/// Exactly the same product, without an epilogue, with a right matrix (inner, columns) that is not packed. This is faster for a few rows.
void ck_multiply_unpacked(
    const float *left, size_t left_stride, const float *right, size_t rows, size_t inner, size_t columns, float *result,
    size_t result_stride);

// MARK: Convolution

/// The extents of a two-dimensional cross-correlation with channels last: images (count, height, width, channels), results
/// (count, result_height, result_width, filters). Groups divide channels and filters.
typedef struct {
  size_t count, height, width, channels;
  size_t filters, groups, filter_height, filter_width;
  size_t stride_height, stride_width, padding_top, padding_left;
  size_t dilation_height, dilation_width;
  size_t result_height, result_width;
} ck_convolution;

// Most convolutions with 3×3 filters are computed in tiles of 2×2 pixels. Then the rounding error of a pixel also depends on the other
// numbers under its tile, and on its place in the tile. It never depends on the range of pixels or on other images.

/// The number of floats that `ck_pack_filters` writes.
size_t ck_packed_filter_count(const ck_convolution *convolution);

/// Packs filters (filters, channels / groups, filter_height, filter_width), flipped along both spatial axes on request.
void ck_pack_filters(const ck_convolution *convolution, const float *filters, int is_flipped, float *packed);

/// The number of floats that `ck_convolve` needs as scratch space; each thread has its own.
size_t ck_convolution_scratch_count(const ck_convolution *convolution);

/// The number of zeros that `ck_convolve` reads in place of numbers outside of the image.
size_t ck_convolution_zero_count(const ck_convolution *convolution);

/// The first pixel from `pixel` on with which a range can begin or end so that no work is done twice. Convolutions that are computed in
/// tiles of 2×2 pixels do so for each tile that a range touches.
size_t ck_convolution_boundary(const ck_convolution *convolution, size_t pixel);

/// Computes some pixels of the result, in row-major order, beginning with pixel `first`. `results` points to pixel
/// `first`, and the stride counts the floats from one pixel of the result to the next.
///
/// The epilogue may be null. Its addend also begins with pixel `first`.
void ck_convolve(
    const ck_convolution *convolution, const float *images, const float *packed, const float *zeros, size_t first,
    size_t pixel_count, float *results, size_t result_stride, const ck_epilogue *epilogue, float *scratch);

/// Does the same as `ck_convolve` with an instruction set that this processor has, so that tests can compare instruction sets.
void ck_convolve_with(
    ck_instruction_set set, const ck_convolution *convolution, const float *images, const float *packed,
    const float *zeros, size_t first, size_t pixel_count, float *results, size_t result_stride,
    const ck_epilogue *epilogue, float *scratch);

/// The summaries of a window.
typedef enum { ck_pool_maximum, ck_pool_mean } ck_pool_summary;

/// The maximum of the pixels in a window for each channel, or their sum divided by `divisor`. The strides count the floats from one row or
/// column of the window to the next. A maximum with a NaN is NaN, and the maximum of an empty window is -∞.
void ck_pool(
    ck_pool_summary summary, const float *window, size_t rows, size_t columns, size_t row_stride, size_t column_stride,
    size_t channels, float divisor, float *result);

/// Transposes a dense matrix: (rows, columns) to (columns, rows).
void ck_transpose(const float *source, size_t rows, size_t columns, float *target);

// MARK: Elementwise

/// Functions of one operand. Largest errors, in units in the last place: exponential 1, hyperbolic tangent 2, logistic 2, error function 2, the
/// others correctly rounded.
typedef enum {
  ck_negate, ck_square_root, ck_exponential, ck_hyperbolic_tangent, ck_logistic, ck_rectify, ck_square, ck_reciprocal,
  ck_absolute, ck_error_function, ck_floor
} ck_unary_operation;

/// Functions of two operands. Maximum and minimum of a NaN are NaN; comparisons give 1 or 0.
typedef enum {
  ck_add, ck_subtract, ck_multiply_elements, ck_divide, ck_maximum, ck_minimum, ck_less, ck_less_or_equal, ck_greater,
  ck_greater_or_equal, ck_equal, ck_not_equal
} ck_binary_operation;

/// Applies a function to `count` floats. `result` may be equal to `operand`.
void ck_unary(ck_unary_operation operation, const float *operand, float *result, size_t count);

/// Applies a function to pairs of floats. A stride is 1, or 0 for an operand that is one number. `result` may be equal to an
/// operand.
void ck_binary(
    ck_binary_operation operation, const float *left, size_t left_stride, const float *right, size_t right_stride,
    float *result, size_t count);

/// Computes (operand - center) · scale + shift. Strides are as in `ck_binary`. `result` may be equal to `operand`.
void ck_normalize(
    const float *operand, const float *center, size_t center_stride, const float *scale, size_t scale_stride,
    const float *shift, size_t shift_stride, float *result, size_t count);

/// Takes the second operand at positions where the condition is not 0, and the third operand at all other positions. Strides
/// are as in `ck_binary`.
void ck_select(
    const float *condition, size_t condition_stride, const float *first, size_t first_stride, const float *second,
    size_t second_stride, float *result, size_t count);

/// Limits every number to an interval. NaN stays NaN.
void ck_clip(const float *operand, float minimum, float maximum, float *result, size_t count);

// MARK: Statistics

/// Adds some rows of `columns` floats to sums in double precision, in the order of the rows. The stride counts the floats from one
/// row to the next.
void ck_add_rows(const float *rows, size_t row_count, size_t row_stride, size_t columns, double *sums);

/// Adds the squares of the differences from `means` to sums in double precision, in the order of the rows.
void ck_add_squared_deviations(
    const float *rows, size_t row_count, size_t row_stride, size_t columns, const double *means, double *sums);

// MARK: Records

/// A number with about 106 significant bits: the exact sum of two doubles. `high` is the sum rounded to nearest.
typedef struct {
  double high, low;
} ck_double_double;
/// The records of one normalization at one time step, one row for each record. Row i begins at `starts[i]` in `means` and in
/// `deviations`. Each of these two arrays may be null.
typedef struct {
  size_t count;
  const long *starts;
  const double *means, *deviations;
  const ck_double_double *weights;
  ck_double_double total_weight;
  /// The ε that the deviations include.
  double epsilon;
} ck_records;

/// The ways to average deviations: their mean, the root of the mean variance, and the root of the mean variance plus the variance
/// between the means.
typedef enum { CK_MEAN_OF_DEVIATIONS, CK_MEAN_OF_VARIANCES, CK_POOLED } ck_spread;

/// The weighted averages of means and deviations for each of `size` elements. Every instruction set gives the same bits.
void ck_average_records(
    const ck_records *records, ck_spread spread, size_t size, ck_double_double *means, ck_double_double *deviations);

/// Replaces every -0 by 0. Returns whether all values are finite and at least `least`.
int ck_settle(double *values, size_t count, double least);

/// Whether all values are finite and at least `least`.
int ck_are_finite(const float *values, size_t count, float least);
int ck_are_finite_doubles(const double *values, size_t count, double least);

// MARK: Digests

/// The XXH3-128 hash of bytes. Every instruction set gives the same hash.
typedef struct {
  uint64_t low, high;
} ck_digest;

/// The state of a hash whose bytes come in pieces.
typedef struct ck_digest_state ck_digest_state;

/// A state before the first bytes, or null if there is no memory. The caller frees it.
ck_digest_state *ck_digest_create(void);
void ck_digest_free(ck_digest_state *state);

/// Adds the next bytes.
void ck_digest_update(ck_digest_state *state, const void *bytes, size_t count);

/// The hash of all bytes so far.
ck_digest ck_digest_value(const ck_digest_state *state);

/// The hash of some bytes.
ck_digest ck_digest_of(const void *bytes, size_t count);
