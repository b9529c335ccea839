#include <string.h>

#include "kernels.h"

enum {
  /// Pixels that are computed together: a multiple of every instruction set's tile.
  chunk_pixels = 48,
  /// The number of taps whose addresses are kept at a time. Larger filters are gathered first.
  most_taps = 128,
  /// The number of channels below which a pixel's numbers are gathered into one run. Shorter runs cost more than the copy.
  fewest_channels = 8,
};

static size_t group_channels(const ck_convolution *c) { return c->channels / c->groups; }
static size_t group_filters(const ck_convolution *c) { return c->filters / c->groups; }
static size_t tap_count(const ck_convolution *c) { return c->filter_height * c->filter_width; }

/// One filter for each channel, and one channel for each filter.
static int is_depthwise(const ck_convolution *c) {
  return c->groups == c->channels && c->groups == c->filters && c->groups > 1 && tap_count(c) <= most_taps;
}

/// Runs of channels at a tap are gathered into one run.
static int is_gathered(const ck_convolution *c) {
  return group_channels(c) < fewest_channels || tap_count(c) > most_taps;
}

size_t ck_packed_filter_count(const ck_convolution *c) {
  if (is_depthwise(c)) return tap_count(c) * c->channels;
  return c->groups * ck_packed_count(tap_count(c) * group_channels(c), group_filters(c));
}

void ck_pack_filters(const ck_convolution *c, const float *filters, int is_flipped, float *packed) {
  size_t taps = tap_count(c), depth = group_channels(c), inner = taps * depth, width = group_filters(c);
  size_t panels = (width + ck_panel_width - 1) / ck_panel_width;
  for (size_t filter = 0; filter < c->filters; filter++) {
    size_t group = filter / width, column = filter % width;
    for (size_t channel = 0; channel < depth; channel++) {
      for (size_t tap = 0; tap < taps; tap++) {
        float number = filters[(filter * depth + channel) * taps + (is_flipped ? taps - 1 - tap : tap)];
        if (is_depthwise(c)) {
          packed[tap * c->channels + filter] = number;
        } else {
          size_t panel = group * panels + column / ck_panel_width;
          packed[(panel * inner + tap * depth + channel) * ck_panel_width + column % ck_panel_width] = number;
        }
      }
    }
  }
  if (is_depthwise(c) || width % ck_panel_width == 0) return;
  for (size_t group = 0; group < c->groups; group++)
    for (size_t k = 0; k < inner; k++)
      for (size_t column = width % ck_panel_width; column < ck_panel_width; column++)
        packed[((group * panels + panels - 1) * inner + k) * ck_panel_width + column] = 0;
}

/// The address of the numbers under a tap for a pixel of the result; of zeros outside of the image.
static const float *tapped(
    const ck_convolution *c, const float *image, size_t row, size_t column, size_t tap_row, size_t tap_column,
    const float *zeros) {
  size_t y = row * c->stride_height + tap_row * c->dilation_height - c->padding_top;
  size_t x = column * c->stride_width + tap_column * c->dilation_width - c->padding_left;
  // Places before the image wrap around to large numbers.
  return y < c->height && x < c->width ? image + (y * c->width + x) * c->channels : zeros;
}

/// The addresses of all taps of some pixels, (tap, pixel).
static void find_taps(
    const ck_convolution *c, const float *images, const float *zeros, size_t first, size_t count,
    const float *addresses[][chunk_pixels]) {
  size_t pixels = c->result_height * c->result_width;
  for (size_t i = 0; i < count; i++) {
    size_t pixel = (first + i) % pixels, row = pixel / c->result_width, column = pixel % c->result_width;
    const float *image = images + (first + i) / pixels * c->height * c->width * c->channels;
    for (size_t tap = 0; tap < tap_count(c); tap++)
      addresses[tap][i] = tapped(c, image, row, column, tap / c->filter_width, tap % c->filter_width, zeros);
  }
}

/// Multiplies the numbers under the taps of some pixels with the filters of one group.
static void multiply_group(
    const kernel_table *kernels, size_t taps, size_t depth, const float *const *rows, size_t row_count,
    const float *packed, size_t width, float *results, size_t result_stride) {
  float tile[12 * ck_panel_width];
  for (size_t column = 0; column < width; column += ck_panel_width) {
    size_t columns = width - column < ck_panel_width ? width - column : ck_panel_width;
    const float *panel = packed + column * taps * depth;
    for (size_t i = 0; i < row_count; i += kernels->tile_rows) {
      size_t count = row_count - i < kernels->tile_rows ? row_count - i : kernels->tile_rows;
      float *target = results + i * result_stride + column;
      int is_whole = columns == ck_panel_width;
      kernels->tile(
          count, taps, depth, rows + i, chunk_pixels, panel, ck_panel_width, is_whole ? target : tile,
          is_whole ? result_stride : ck_panel_width);
      for (size_t j = 0; !is_whole && j < count; j++)
        memcpy(target + j * result_stride, tile + j * ck_panel_width, columns * sizeof(float));
    }
  }
}

static void convolve_depthwise(
    const ck_convolution *c, const kernel_table *kernels, const float *images, const float *packed, const float *zeros,
    size_t first, size_t pixel_count, float *results) {
  const float *addresses[most_taps][chunk_pixels];
  for (size_t done = 0; done < pixel_count; done += chunk_pixels) {
    size_t count = pixel_count - done < chunk_pixels ? pixel_count - done : chunk_pixels;
    find_taps(c, images, zeros, first + done, count, addresses);
    for (size_t i = 0; i < count; i++) {
      const float *pixels[most_taps];
      for (size_t tap = 0; tap < tap_count(c); tap++) pixels[tap] = addresses[tap][i];
      kernels->depthwise(tap_count(c), pixels, packed, c->channels, results + (done + i) * c->channels);
    }
  }
}

static void convolve_runs(
    const ck_convolution *c, const kernel_table *kernels, const float *images, const float *packed, const float *zeros,
    size_t first, size_t pixel_count, float *results) {
  const float *addresses[most_taps][chunk_pixels];
  size_t taps = tap_count(c), depth = group_channels(c), width = group_filters(c);
  size_t group_size = ck_packed_count(taps * depth, width);
  for (size_t done = 0; done < pixel_count; done += chunk_pixels) {
    size_t count = pixel_count - done < chunk_pixels ? pixel_count - done : chunk_pixels;
    find_taps(c, images, zeros, first + done, count, addresses);
    for (size_t group = 0; group < c->groups; group++) {
      multiply_group(
          kernels, taps, depth, &addresses[0][0], count, packed + group * group_size, width,
          results + done * c->filters + group * width, c->filters);
      // The next group's channels follow this one's; zeros are as many as all channels.
      for (size_t tap = 0; group + 1 < c->groups && tap < taps; tap++)
        for (size_t i = 0; i < count; i++) addresses[tap][i] += depth;
    }
  }
}

static void convolve_gathered(
    const ck_convolution *c, const kernel_table *kernels, const float *images, const float *packed, const float *zeros,
    size_t first, size_t pixel_count, float *results, float *gathered) {
  size_t taps = tap_count(c), depth = group_channels(c), width = group_filters(c), inner = taps * depth;
  size_t group_size = ck_packed_count(inner, width), pixels = c->result_height * c->result_width;
  const float *rows[chunk_pixels];
  for (size_t i = 0; i < chunk_pixels; i++) rows[i] = gathered + i * inner;
  for (size_t done = 0; done < pixel_count; done += chunk_pixels) {
    size_t count = pixel_count - done < chunk_pixels ? pixel_count - done : chunk_pixels;
    for (size_t group = 0; group < c->groups; group++) {
      for (size_t i = 0; i < count; i++) {
        size_t pixel = (first + done + i) % pixels, row = pixel / c->result_width, column = pixel % c->result_width;
        const float *image = images + (first + done + i) / pixels * c->height * c->width * c->channels;
        float *target = gathered + i * inner;
        for (size_t tap = 0; tap < taps; tap++, target += depth) {
          const float *run = tapped(c, image, row, column, tap / c->filter_width, tap % c->filter_width, zeros);
          for (size_t k = 0; k < depth; k++) target[k] = run[group * depth + k];
        }
      }
      multiply_group(
          kernels, 1, inner, rows, count, packed + group * group_size, width,
          results + done * c->filters + group * width, c->filters);
    }
  }
}

size_t ck_convolution_scratch_count(const ck_convolution *c) {
  return is_gathered(c) && !is_depthwise(c) ? chunk_pixels * tap_count(c) * group_channels(c) : 0;
}

void ck_convolve(
    const ck_convolution *c, const float *images, const float *packed, const float *zeros, size_t first,
    size_t pixel_count, float *results, float *scratch) {
  const kernel_table *kernels = kernels_of_this_processor();
  if (is_depthwise(c)) {
    convolve_depthwise(c, kernels, images, packed, zeros, first, pixel_count, results);
  } else if (is_gathered(c)) {
    convolve_gathered(c, kernels, images, packed, zeros, first, pixel_count, results, scratch);
  } else {
    convolve_runs(c, kernels, images, packed, zeros, first, pixel_count, results);
  }
}

void ck_transpose(const float *source, size_t count, size_t rows, size_t columns, float *target) {
  enum { block = 16 };
  for (size_t image = 0; image < count; image++, source += rows * columns, target += rows * columns)
    for (size_t row = 0; row < rows; row += block)
      for (size_t column = 0; column < columns; column += block)
        for (size_t i = row; i < rows && i < row + block; i++)
          for (size_t j = column; j < columns && j < column + block; j++) target[j * rows + i] = source[i * columns + j];
}
