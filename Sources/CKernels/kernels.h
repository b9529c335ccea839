#pragma once

#include "CKernels.h"

// The kernels for an instruction set. kernels.inc is compiled once for each set.

/// Multiplies some rows, given by pointers, by some panels of columns, which are `panel_distance` floats apart. The numbers of
/// row i are `taps` runs of `depth` floats; run t begins at `rows[t * stride + i]`. `panel_stride` counts the floats from one
/// row of a panel to the next. The panels of the result are side by side. Meanwhile, the panel at `next` is fetched into the
/// nearest cache.
typedef void tile_function(
    size_t row_count, size_t columns, size_t taps, size_t depth, const float *const *rows, size_t stride,
    const float *panel, size_t panel_stride, size_t panel_distance, const float *next, float *result,
    size_t result_stride);

/// Multiplies one row by `panel_count` panels (at most 4), which are `panel_distance` floats apart. The panels of the result
/// follow one another.
typedef void row_function(
    size_t inner, const float *row, const float *panel, size_t panel_stride, size_t panel_distance, size_t panel_count,
    float *result);

/// The taps of a depthwise convolution that are inside of the image, for a run of neighbouring pixels. Distances count floats. In
/// the image, they are the distances between the numbers for neighbouring rows of the filter, neighbouring columns of the filter
/// and neighbouring pixels of the result. `filter_distance` is the distance between neighbouring rows in the packed filter.
typedef struct {
  size_t rows, columns, channels;
  size_t row_distance, column_distance, pixel_distance, filter_distance;
} depthwise_taps;

/// A tile of 2×2 pixels of the result of a convolution.
typedef struct {
  /// The addresses of the 4×4 pixels of the image that the tile reads, in row-major order. Outside of the image, they are
  /// addresses of zeros.
  const float *numbers[16];
  /// The addresses of the results, in row-major order. A result that is not wanted has no address.
  float *results[4];
  /// The index of the first pixel in all results, and its row and column.
  size_t pixel, row, column;
  /// Whether a number under the tile is so large that it would hide the numbers in the windows of some pixels. `transform_tiles`
  /// sets this.
  int is_uneven;
} result_tile;

typedef struct {
  /// The largest number of rows in a tile.
  size_t tile_rows;
  /// The number of panels in a tile. A tile may also have a single panel.
  size_t tile_panels;
  tile_function *tile;
  row_function *row;
  /// The sum of products of two runs of floats, the second with a stride, in ascending order.
  float (*dot)(size_t count, const float *left, const float *right, size_t right_stride);
  /// Computes a run of pixels of a depthwise convolution, for `width` of its channels. The numbers and the filters begin with
  /// the first tap.
  void (*depthwise)(
      const depthwise_taps *taps, size_t count, size_t width, const float *numbers, const float *filters, float *result,
      size_t result_stride);
  /// Transforms the images under some tiles of a convolution's result. The distances count floats from one tile to the next, and
  /// from one matrix to the next. There are 16 matrices, one for each number of a transformed tile.
  void (*transform_tiles)(
      result_tile *tiles, size_t count, size_t channels, float *target, size_t tile_distance,
      size_t matrix_distance);
  /// Computes the results of some tiles from 16 matrices of products, for `width` filters from `filter` on. `unused` has room
  /// for the results of a pixel that are not wanted. The results of a tile are finite if nothing overflowed.
  void (*combine_products)(
      const result_tile *tiles, size_t count, const float *products, size_t tile_distance, size_t matrix_distance,
      size_t filter, size_t width, float *unused, int *are_finite);
  void (*unary)(ck_unary_operation, const float *, float *, size_t);
  void (*binary)(ck_binary_operation, const float *, size_t, const float *, size_t, float *, size_t);
  void (*normalize)(
      const float *, const float *, size_t, const float *, size_t, const float *, size_t, float *, size_t);
  void (*apply_epilogue)(const ck_epilogue *, float *, size_t, size_t, size_t);
  void (*select)(const float *, size_t, const float *, size_t, const float *, size_t, float *, size_t);
  void (*clip)(const float *, float, float, float *, size_t);
  void (*pool)(
      ck_pool_summary, const float *, size_t, size_t, size_t, size_t, size_t, float, float *);
  void (*transpose)(const float *, size_t, size_t, float *);
  void (*add_rows)(const float *, size_t, size_t, size_t, double *);
  void (*add_squared_deviations)(const float *, size_t, size_t, size_t, const double *, double *);
  void (*average_records)(const ck_records *, ck_spread, size_t, ck_double_double *, ck_double_double *);
  int (*settle)(double *, size_t, double);
  int (*are_finite)(const float *, size_t, float);
  int (*are_finite_doubles)(const double *, size_t, double);
  void (*update_digest)(void *state, const void *bytes, size_t count);
  ck_digest (*digest_of)(const void *bytes, size_t count);
} kernel_table;

/// Multiplies some rows, as `tile_function` describes them, by all panels of `columns` columns. The last panel may have fewer
/// columns. The epilogue, which may be null, is applied to each tile while it is in the nearest cache.
void multiply_panels(
    const kernel_table *kernels, size_t taps, size_t depth, const float *const *rows, size_t row_count, size_t stride,
    const float *panels, size_t panel_stride, size_t panel_distance, size_t columns, float *result,
    size_t result_stride, const ck_epilogue *epilogue);

/// The epilogue of a part of the pixels and channels.
ck_epilogue epilogue_of(const ck_epilogue *epilogue, size_t pixel, size_t channel);

extern const kernel_table kernels_baseline;
#if defined(__x86_64__)
extern const kernel_table kernels_avx2;
extern const kernel_table kernels_avx512;
#endif

/// The kernels for an instruction set, or null if this processor does not have it.
const kernel_table *kernels_of(ck_instruction_set set);

/// The kernels for the processor of this machine.
const kernel_table *kernels_of_this_processor(void);
