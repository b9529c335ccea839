#include <string.h>

#include "kernels.h"

/// The number of rows that are multiplied with a panel while it is in the nearest cache: a multiple of the tile of every
/// instruction set.
enum { chunk_rows = 96 };
/// The number of rows of a matrix that are packed together.
enum { packed_rows = 16 };

size_t ck_packed_count(size_t inner, size_t columns) {
  return (columns + ck_panel_width - 1) / ck_panel_width * ck_panel_width * inner;
}

void ck_pack(const float *matrix, size_t inner, size_t columns, float *packed) {
  // A few rows at a time: otherwise, neighbouring reads would often be on different pages.
  for (size_t first = 0; first < inner; first += packed_rows) {
    size_t end = inner - first < packed_rows ? inner : first + packed_rows;
    for (size_t column = 0; column < columns; column += ck_panel_width) {
      size_t width = columns - column < ck_panel_width ? columns - column : ck_panel_width;
      float *target = packed + column * inner + first * ck_panel_width;
      for (size_t k = first; k < end; k++, target += ck_panel_width) {
        memcpy(target, matrix + k * columns + column, width * sizeof(float));
        memset(target + width, 0, (ck_panel_width - width) * sizeof(float));
      }
    }
  }
}

ck_epilogue epilogue_of(const ck_epilogue *epilogue, size_t pixel, size_t channel) {
  ck_epilogue part = *epilogue;
  part.center += channel * part.center_stride;
  part.scale += channel * part.scale_stride;
  part.shift += channel * part.shift_stride;
  if (part.divisor) part.divisor += channel * part.divisor_stride;
  if (part.addend) part.addend += pixel * part.addend_stride + channel;
  return part;
}

/// Multiplies one row by all panels, four panels at a time, so that their additions do not wait for each other.
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

void multiply_panels(
    const kernel_table *kernels, size_t taps, size_t depth, const float *const *rows, size_t row_count, size_t stride,
    const float *panels, size_t panel_stride, size_t panel_distance, size_t columns, float *result,
    size_t result_stride, const ck_epilogue *epilogue) {
  if (row_count == 1 && taps == 1) {
    multiply_row(kernels, rows[0], panels, panel_stride, panel_distance, depth, columns, result);
    if (epilogue) kernels->apply_epilogue(epilogue, result, 1, result_stride, columns);
    return;
  }
  // Tiles get about the same number of rows, because a tile with few rows waits for its own sums.
  size_t tiles = (row_count + kernels->tile_rows - 1) / kernels->tile_rows;
  size_t tile_rows = (row_count + tiles - 1) / tiles;
  size_t tile_columns = kernels->tile_panels * ck_panel_width;
  for (size_t column = 0; column < columns; column += tile_columns) {
    size_t width = columns - column < tile_columns ? columns - column : tile_columns;
    for (size_t i = 0, tile = 0; i < row_count; i += tile_rows, tile++) {
      size_t count = row_count - i < tile_rows ? row_count - i : tile_rows;
      float *target = result + i * result_stride + column;
      // The first tiles fetch the next panels, so that no tile waits for memory.
      size_t next = kernels->tile_panels + tile;
      int has_next = tile < kernels->tile_panels && column + next * ck_panel_width < columns;
      kernels->tile(
          count, width, taps, depth, rows + i, stride, panels, panel_stride, panel_distance,
          panels + (has_next ? next * panel_distance : 0), target, result_stride);
      if (!epilogue) continue;
      ck_epilogue part = epilogue_of(epilogue, i, column);
      kernels->apply_epilogue(&part, target, count, result_stride, width);
    }
    panels += kernels->tile_panels * panel_distance;
  }
}

void ck_multiply(
    const float *left, size_t left_stride, const float *packed, size_t rows, size_t inner, size_t columns, float *result,
    size_t result_stride, const ck_epilogue *epilogue) {
  const kernel_table *kernels = kernels_of_this_processor();
  for (size_t first = 0; first < rows; first += chunk_rows) {
    size_t count = rows - first < chunk_rows ? rows - first : chunk_rows;
    const float *pointers[chunk_rows];
    for (size_t i = 0; i < count; i++) pointers[i] = left + (first + i) * left_stride;
    ck_epilogue part;
    if (epilogue) part = epilogue_of(epilogue, first, 0);
    multiply_panels(
        kernels, 1, inner, pointers, count, 0, packed, ck_panel_width, inner * ck_panel_width, columns,
        result + first * result_stride, result_stride, epilogue ? &part : NULL);
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
          kernels, 1, inner, pointers, count, 0, right, columns, ck_panel_width, whole, target, result_stride, NULL);
    }
    // The last columns do not fill a vector, so each sum is computed separately, in the same order.
    for (size_t i = 0; i < count; i++)
      for (size_t column = whole; column < columns; column++)
        target[i * result_stride + column] = kernels->dot(inner, pointers[i], right + column, columns);
  }
}
