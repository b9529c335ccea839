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

void multiply_panels(
    const kernel_table *kernels, size_t taps, size_t depth, const float *const *rows, size_t row_count, size_t stride,
    const float *panels, size_t panel_stride, size_t panel_distance, size_t columns, float *result,
    size_t result_stride) {
  enum { most_rows = 12, most_panels = 2 };
  float tile[most_rows * most_panels * ck_panel_width];
  // Tiles of about the same number of rows: a tile of few rows waits for its own sums.
  size_t tiles = (row_count + kernels->tile_rows - 1) / kernels->tile_rows;
  size_t tile_rows = (row_count + tiles - 1) / tiles;
  for (size_t column = 0; column < columns;) {
    size_t left = columns - column;
    size_t panel_count = left > ck_panel_width ? kernels->tile_panels : 1;
    size_t width = panel_count * ck_panel_width;
    int is_whole = left >= width;
    for (size_t i = 0; i < row_count; i += tile_rows) {
      size_t count = row_count - i < tile_rows ? row_count - i : tile_rows;
      float *target = result + i * result_stride + column;
      kernels->tile(
          count, panel_count, taps, depth, rows + i, stride, panels, panel_stride, panel_distance,
          is_whole ? target : tile, is_whole ? result_stride : width);
      // If a tile is wider, only the existing columns are copied out of it.
      for (size_t j = 0; !is_whole && j < count; j++)
        memcpy(target + j * result_stride, tile + j * width, left * sizeof(float));
    }
    column += width;
    panels += panel_count * panel_distance;
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
    multiply_panels(
        kernels, 1, inner, pointers, count, 0, packed, ck_panel_width, inner * ck_panel_width, columns,
        result + first * result_stride, result_stride);
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
      multiply_panels(
          kernels, 1, inner, pointers, count, 0, right, columns, ck_panel_width, whole, target, result_stride);
    }
    // The last columns are fewer than a vector: each sum is made by itself, in the same order.
    for (size_t i = 0; i < count; i++)
      for (size_t column = whole; column < columns; column++)
        target[i * result_stride + column] = kernels->dot(inner, pointers[i], right + column, columns);
  }
}
