#pragma once

#include "CKernels.h"

// The kernels for an instruction set. kernels.inc is compiled once for each set.

/// A product of some rows, given by pointers, with panels that follow one another, `panel_distance` floats apart. The numbers of row i
/// are `taps` runs of `depth` floats; run t begins at `rows[t * stride + i]`. `panel_stride` counts the floats from one row of a panel to
/// the next. The result's panels are side by side.
typedef void tile_function(
    size_t row_count, size_t panel_count, size_t taps, size_t depth, const float *const *rows, size_t stride,
    const float *panel, size_t panel_stride, size_t panel_distance, float *result, size_t result_stride);

/// One row with `panel_count` panels (at most 4), `panel_distance` floats apart; the result's panels follow one another.
typedef void row_function(
    size_t inner, const float *row, const float *panel, size_t panel_stride, size_t panel_distance, size_t panel_count,
    float *result);

typedef struct {
  /// The largest number of rows in a tile.
  size_t tile_rows;
  /// The number of panels in a tile; a tile may also have one.
  size_t tile_panels;
  tile_function *tile;
  row_function *row;
  /// The sum of products of two runs of floats, the second with a stride, in ascending order.
  float (*dot)(size_t count, const float *left, const float *right, size_t right_stride);
  /// Some pixels of a depthwise convolution. The channels under tap t of pixel i begin at `pixels[t * stride + i]`.
  void (*depthwise)(
      size_t count, size_t taps, const float *const *pixels, size_t stride, const float *filters, size_t channels,
      float *result);
  void (*unary)(ck_unary_operation, const float *, float *, size_t);
  void (*binary)(ck_binary_operation, const float *, size_t, const float *, size_t, float *, size_t);
  void (*normalize)(
      const float *, const float *, size_t, const float *, size_t, const float *, size_t, float *, size_t);
  void (*finish)(
      float *, size_t, size_t, const float *, size_t, const float *, size_t, const float *, size_t, const float *,
      ck_activation, float, float);
  void (*select)(const float *, size_t, const float *, size_t, const float *, size_t, float *, size_t);
  void (*clip)(const float *, float, float, float *, size_t);
  void (*pool)(
      ck_pool_summary, const float *, size_t, size_t, size_t, size_t, size_t, float, float *);
  void (*add_rows)(const float *, size_t, size_t, size_t, double *);
  void (*add_squared_deviations)(const float *, size_t, size_t, size_t, const double *, double *);
  void (*average_records)(const ck_records *, ck_spread, size_t, ck_double_double *, ck_double_double *);
  int (*settle)(double *, size_t, double);
  int (*are_finite)(const float *, size_t, float);
  int (*are_finite_doubles)(const double *, size_t, double);
  void (*update_digest)(void *state, const void *bytes, size_t count);
  ck_digest (*digest_of)(const void *bytes, size_t count);
} kernel_table;

/// Some rows, as `tile_function` describes them, times all panels of `columns` columns. The last panel may have fewer columns.
void multiply_panels(
    const kernel_table *kernels, size_t taps, size_t depth, const float *const *rows, size_t row_count, size_t stride,
    const float *panels, size_t panel_stride, size_t panel_distance, size_t columns, float *result,
    size_t result_stride);

extern const kernel_table kernels_baseline;
#if defined(__x86_64__)
extern const kernel_table kernels_avx2;
extern const kernel_table kernels_avx512;
#endif

/// The kernels for the processor of this machine.
const kernel_table *kernels_of_this_processor(void);
