#include "convolution.h"

size_t tiled_filter_count(const ck_convolution *c) {
  return is_tiled(c) ? matrices * ck_packed_count(c->channels, c->filters) : 0;
}

/// A number of each filter of a panel. Double precision rounds each transformed number once.
typedef double panel_row[ck_panel_width];

/// Transforms three numbers along one axis into four.
static void transform_three(panel_row *numbers, size_t distance, panel_row *result, size_t result_distance) {
  for (size_t j = 0; j < ck_panel_width; j++) {
    double a = numbers[0][j], b = numbers[distance][j], c = numbers[2 * distance][j];
    result[0][j] = a;
    result[result_distance][j] = (a + b + c) / 2;
    result[2 * result_distance][j] = (a - b + c) / 2;
    result[3 * result_distance][j] = c;
  }
}

/// Packs one channel of a panel of filters. The filters are `filter_size` floats apart.
static void pack_channel(
    const float *filters, size_t filter_size, size_t count, int is_flipped, float *packed, size_t matrix_size) {
  panel_row numbers[9], down[12], transformed[matrices];
  for (size_t i = 0; i < 9; i++)
    for (size_t j = 0; j < ck_panel_width; j++)
      numbers[i][j] = j < count ? filters[j * filter_size + (is_flipped ? 8 - i : i)] : 0;
  for (size_t i = 0; i < 3; i++) transform_three(numbers + i, 3, down + i, 3);
  for (size_t i = 0; i < 4; i++) transform_three(down + 3 * i, 1, transformed + 4 * i, 1);
  for (size_t i = 0; i < matrices; i++)
    for (size_t j = 0; j < ck_panel_width; j++) packed[i * matrix_size + j] = (float)transformed[i][j];
}

/// Packs panels in the order in which they are read: (block of filters, matrix, panel).
void pack_tiled(const ck_convolution *c, const float *filters, int is_flipped, float *packed) {
  size_t columns = rounded_up(c->filters, ck_panel_width), filter_size = 9 * c->channels;
  for (size_t column = 0; column < c->filters; column += ck_panel_width) {
    size_t block = column / block_filters * block_filters, count = smaller(c->filters - column, ck_panel_width);
    size_t matrix_size = smaller(columns - block, block_filters) * c->channels;
    float *target = packed + (block * matrices + column - block) * c->channels;
    for (size_t channel = 0; channel < c->channels; channel++)
      pack_channel(
          filters + column * filter_size + channel * 9, filter_size, count, is_flipped,
          target + channel * ck_panel_width, matrix_size);
  }
}
