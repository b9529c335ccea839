#include <string.h>

#include "kernels.h"

/// Rows that are multiplied with a panel while it is in the nearest cache: a multiple of every instruction set's tile.
enum { chunk_rows = 48 };

size_t ck_packed_count(size_t inner, size_t columns) {
  return (columns + ck_panel_width - 1) / ck_panel_width * ck_panel_width * inner;
}

void ck_pack(const float *matrix, size_t inner, size_t columns, float *packed) {
  for (size_t column = 0; column < columns; column += ck_panel_width) {
    size_t width = columns - column < ck_panel_width ? columns - column : ck_panel_width;
    for (size_t k = 0; k < inner; k++, packed += ck_panel_width) {
      memcpy(packed, matrix + k * columns + column, width * sizeof(float));
      memset(packed + width, 0, (ck_panel_width - width) * sizeof(float));
    }
  }
}

/// Copies the existing columns out of a tile that is as wide as a panel.
static void copy_columns(const float *tile, size_t rows, size_t width, float *result, size_t result_stride) {
  for (size_t i = 0; i < rows; i++)
    memcpy(result + i * result_stride, tile + i * ck_panel_width, width * sizeof(float));
}

/// A few rows, or one, with one panel. Only `width` columns of the result exist.
static void multiply_panel(
    const kernel_table *kernels, const float *const *rows, size_t row_count, size_t inner, const float *panel,
    size_t panel_stride, size_t width, float *result, size_t result_stride) {
  float tile[12 * ck_panel_width];
  for (size_t i = 0; i < row_count; i += kernels->tile_rows) {
    size_t count = row_count - i < kernels->tile_rows ? row_count - i : kernels->tile_rows;
    float *target = result + i * result_stride;
    if (width == ck_panel_width) {
      kernels->tile(count, 1, inner, rows + i, 0, panel, panel_stride, target, result_stride);
    } else {
      kernels->tile(count, 1, inner, rows + i, 0, panel, panel_stride, tile, ck_panel_width);
      copy_columns(tile, count, width, target, result_stride);
    }
  }
}

/// One row with all panels, four at a time, so that the additions of one panel do not wait for those of another.
static void multiply_row(
    const kernel_table *kernels, const float *row, const float *panels, size_t panel_stride, size_t panel_distance,
    size_t inner, size_t columns, float *result) {
  float wide[4 * ck_panel_width];
  for (size_t column = 0; column < columns; column += 4 * ck_panel_width) {
    size_t width = columns - column < 4 * ck_panel_width ? columns - column : 4 * ck_panel_width;
    size_t count = (width + ck_panel_width - 1) / ck_panel_width;
    const float *panel = panels + column / ck_panel_width * panel_distance;
    kernels->row(inner, row, panel, panel_stride, panel_distance, count, wide);
    memcpy(result + column, wide, width * sizeof(float));
  }
}

void ck_multiply(
    const float *left, size_t left_stride, const float *packed, size_t rows, size_t inner, size_t columns, float *result,
    size_t result_stride) {
  const kernel_table *kernels = kernels_of_this_processor();
  if (rows == 1) {
    multiply_row(kernels, left, packed, ck_panel_width, inner * ck_panel_width, inner, columns, result);
    return;
  }
  for (size_t first = 0; first < rows; first += chunk_rows) {
    size_t count = rows - first < chunk_rows ? rows - first : chunk_rows;
    const float *pointers[chunk_rows];
    for (size_t i = 0; i < count; i++) pointers[i] = left + (first + i) * left_stride;
    for (size_t column = 0; column < columns; column += ck_panel_width) {
      size_t width = columns - column < ck_panel_width ? columns - column : ck_panel_width;
      multiply_panel(
          kernels, pointers, count, inner, packed + column * inner, ck_panel_width, width,
          result + first * result_stride + column, result_stride);
    }
  }
}

void ck_multiply_unpacked(
    const float *left, size_t left_stride, const float *right, size_t rows, size_t inner, size_t columns, float *result,
    size_t result_stride) {
  const kernel_table *kernels = kernels_of_this_processor();
  size_t whole = columns / ck_panel_width * ck_panel_width;
  for (size_t first = 0; first < rows; first += chunk_rows) {
    size_t count = rows - first < chunk_rows ? rows - first : chunk_rows;
    const float *pointers[chunk_rows];
    for (size_t i = 0; i < count; i++) pointers[i] = left + (first + i) * left_stride;
    float *target = result + first * result_stride;
    if (count == 1) {
      multiply_row(kernels, pointers[0], right, columns, ck_panel_width, inner, whole, target);
    } else {
      for (size_t column = 0; column < whole; column += ck_panel_width)
        multiply_panel(
            kernels, pointers, count, inner, right + column, columns, ck_panel_width, target + column, result_stride);
    }
    // The last columns are fewer than a vector: each sum is made by itself, in the same order.
    for (size_t i = 0; i < count; i++)
      for (size_t column = whole; column < columns; column++)
        target[i * result_stride + column] = kernels->dot(inner, pointers[i], right + column, columns);
  }
}
