#include <string.h>

#include "convolution.h"

enum {
  /// The number of taps whose addresses are stored at a time. A tap is the pixel of the image under an element of the filter.
  /// Larger filters are gathered first.
  most_taps = 128,
  /// With fewer channels than this, the numbers under all taps of a pixel are copied into one run, because many short runs cost
  /// more than the copy.
  fewest_channels = 8,
  /// With fewer channels than this, the taps in a row of the filter are one run, which is copied only at the edges of the
  /// image.
  fewest_channels_of_taps = 32,
};

static size_t group_channels(const ck_convolution *c) { return c->channels / c->groups; }
static size_t group_filters(const ck_convolution *c) { return c->filters / c->groups; }
static size_t tap_count(const ck_convolution *c) { return c->filter_height * c->filter_width; }

/// Whether there is one filter for each channel, and one channel for each filter.
static int is_depthwise(const ck_convolution *c) {
  return c->groups == c->channels && c->groups == c->filters && c->groups > 1;
}

/// Whether the taps in a row of the filter are consecutive in the image and are read as one run.
static int joins_taps(const ck_convolution *c) {
  return c->groups == 1 && c->dilation_width == 1 && c->filter_width > 1 && c->channels < fewest_channels_of_taps
         && c->filter_height <= most_taps;
}

/// Whether the runs of channels at all taps are copied into one run.
static int is_gathered(const ck_convolution *c) {
  return !joins_taps(c) && (group_channels(c) < fewest_channels || tap_count(c) > most_taps);
}

size_t ck_packed_filter_count(const ck_convolution *c) {
  if (is_depthwise(c)) return tap_count(c) * c->channels;
  return tiled_filter_count(c) + c->groups * ck_packed_count(tap_count(c) * group_channels(c), group_filters(c));
}

void ck_pack_filters(const ck_convolution *c, const float *filters, int is_flipped, float *packed) {
  size_t taps = tap_count(c), depth = group_channels(c), inner = taps * depth, width = group_filters(c);
  size_t panels = (width + ck_panel_width - 1) / ck_panel_width;
  if (is_tiled(c)) pack_tiled(c, filters, is_flipped, packed);
  packed += tiled_filter_count(c);
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

/// The address of the numbers under a tap for a pixel of the result. Outside of the image, it is the address of zeros.
static const float *tapped(
    const ck_convolution *c, const float *image, size_t row, size_t column, size_t tap_row, size_t tap_column,
    const float *zeros) {
  size_t y = row * c->stride_height + tap_row * c->dilation_height - c->padding_top;
  size_t x = column * c->stride_width + tap_column * c->dilation_width - c->padding_left;
  // Negative positions wrap around to large numbers, so one comparison finds both sides.
  return y < c->height && x < c->width ? image + (y * c->width + x) * c->channels : zeros;
}

/// Finds the addresses of all taps of some pixels, in the order (tap, pixel).
static void find_taps(
    const ck_convolution *c, const float *images, const float *zeros, size_t first, size_t count,
    const float *addresses[][chunk_pixels]) {
  size_t taps = tap_count(c), offsets[most_taps];
  int is_pointwise = taps == 1 && c->stride_height == 1 && c->stride_width == 1 && c->padding_top == 0
                     && c->padding_left == 0;
  if (is_pointwise && c->height == c->result_height && c->width == c->result_width) {
    for (size_t i = 0; i < count; i++) addresses[0][i] = images + (first + i) * c->channels;
    return;
  }
  for (size_t tap = 0; tap < taps; tap++) {
    size_t row = tap / c->filter_width * c->dilation_height, column = tap % c->filter_width * c->dilation_width;
    offsets[tap] = (row * c->width + column) * c->channels;
  }
  size_t reach_down = (c->filter_height - 1) * c->dilation_height, reach = (c->filter_width - 1) * c->dilation_width;
  place at = place_of(c, images, first);
  for (size_t i = 0; i < count; i++, advance(c, &at)) {
    size_t y = at.row * c->stride_height - c->padding_top, x = at.column * c->stride_width - c->padding_left;
    // Negative positions wrap around to large numbers, so one comparison finds both sides.
    if (y < c->height && x < c->width && reach_down < c->height - y && reach < c->width - x) {
      const float *corner = at.image + (y * c->width + x) * c->channels;
      for (size_t tap = 0; tap < taps; tap++) addresses[tap][i] = corner + offsets[tap];
      continue;
    }
    for (size_t tap = 0; tap < taps; tap++)
      addresses[tap][i] = tapped(c, at.image, at.row, at.column, tap / c->filter_width, tap % c->filter_width, zeros);
  }
}

/// Finds the addresses of the rows of the filter for some pixels, in the order (row, pixel). A run that crosses an edge of the
/// image is copied.
static void find_rows(
    const ck_convolution *c, const float *images, const float *zeros, size_t first, size_t count,
    const float *addresses[][chunk_pixels], float *copies) {
  size_t run = c->filter_width * c->channels, reach_down = (c->filter_height - 1) * c->dilation_height;
  size_t row_offset = c->dilation_height * c->width * c->channels;
  place at = place_of(c, images, first);
  for (size_t i = 0; i < count; i++, advance(c, &at)) {
    size_t top = at.row * c->stride_height - c->padding_top, x = at.column * c->stride_width - c->padding_left;
    if (top < c->height && x < c->width && reach_down < c->height - top && c->filter_width <= c->width - x) {
      const float *corner = at.image + (top * c->width + x) * c->channels;
      for (size_t row = 0; row < c->filter_height; row++) addresses[row][i] = corner + row * row_offset;
      continue;
    }
    for (size_t row = 0; row < c->filter_height; row++) {
      size_t y = at.row * c->stride_height + row * c->dilation_height - c->padding_top;
      const float *numbers = at.image + (y * c->width + x) * c->channels;
      // Negative positions wrap around to large numbers, so one comparison finds both sides.
      if (y >= c->height) {
        numbers = zeros;
      } else if (x >= c->width || c->filter_width > c->width - x) {
        for (size_t column = 0; column < c->filter_width; column++) {
          const float *tap = tapped(c, at.image, at.row, at.column, row, column, zeros);
          for (size_t k = 0; k < c->channels; k++) copies[column * c->channels + k] = tap[k];
        }
        numbers = copies;
        copies += run;
      }
      addresses[row][i] = numbers;
    }
  }
}

static void convolve_runs(
    const ck_convolution *c, const kernel_table *kernels, const float *images, const float *packed, const float *zeros,
    size_t first, size_t pixel_count, float *results, size_t result_stride, const ck_epilogue *epilogue,
    float *scratch) {
  const float *addresses[most_taps][chunk_pixels];
  int is_joined = joins_taps(c);
  size_t taps = is_joined ? c->filter_height : tap_count(c), width = group_filters(c);
  size_t depth = is_joined ? c->filter_width * c->channels : group_channels(c);
  size_t group_size = ck_packed_count(taps * depth, width);
  for (size_t done = 0, count; done < pixel_count; done += count) {
    count = next_chunk(pixel_count - done);
    if (is_joined) {
      find_rows(c, images, zeros, first + done, count, addresses, scratch);
    } else {
      find_taps(c, images, zeros, first + done, count, addresses);
    }
    for (size_t group = 0; group < c->groups; group++) {
      ck_epilogue part;
      if (epilogue) part = epilogue_of(epilogue, done, group * width);
      multiply_panels(
          kernels, taps, depth, &addresses[0][0], count, chunk_pixels, packed + group * group_size, ck_panel_width,
          taps * depth * ck_panel_width, width, results + done * result_stride + group * width, result_stride,
          epilogue ? &part : NULL);
      // The channels of the next group follow the channels of this group. There are as many zeros as channels.
      for (size_t tap = 0; group + 1 < c->groups && tap < taps; tap++)
        for (size_t i = 0; i < count; i++) addresses[tap][i] += depth;
    }
  }
}

/// Copies the numbers of a group under the taps of a pixel into one run.
static void gather(const ck_convolution *c, const place *at, size_t group, const float *zeros, float *target) {
  size_t depth = group_channels(c);
  for (size_t row = 0; row < c->filter_height; row++) {
    size_t y = at->row * c->stride_height + row * c->dilation_height - c->padding_top;
    size_t x = at->column * c->stride_width - c->padding_left;
    // Negative positions wrap around to large numbers, so one comparison finds both sides.
    int is_inside = y < c->height && x < c->width && c->filter_width <= c->width - x;
    if (is_inside && c->groups == 1 && c->dilation_width == 1) {
      // The taps of a row of the filter are consecutive in the image.
      memcpy(target, at->image + (y * c->width + x) * depth, c->filter_width * depth * sizeof(float));
      target += c->filter_width * depth;
      continue;
    }
    for (size_t column = 0; column < c->filter_width; column++, target += depth) {
      const float *run = tapped(c, at->image, at->row, at->column, row, column, zeros);
      for (size_t k = 0; k < depth; k++) target[k] = run[group * depth + k];
    }
  }
}

static void convolve_gathered(
    const ck_convolution *c, const kernel_table *kernels, const float *images, const float *packed, const float *zeros,
    size_t first, size_t pixel_count, float *results, size_t result_stride, const ck_epilogue *epilogue,
    float *gathered) {
  size_t taps = tap_count(c), depth = group_channels(c), width = group_filters(c), inner = taps * depth;
  size_t group_size = ck_packed_count(inner, width);
  const float *rows[chunk_pixels];
  for (size_t i = 0; i < chunk_pixels; i++) rows[i] = gathered + i * inner;
  for (size_t done = 0, count; done < pixel_count; done += count) {
    count = next_chunk(pixel_count - done);
    for (size_t group = 0; group < c->groups; group++) {
      place at = place_of(c, images, first + done);
      for (size_t i = 0; i < count; i++, advance(c, &at)) gather(c, &at, group, zeros, gathered + i * inner);
      ck_epilogue part;
      if (epilogue) part = epilogue_of(epilogue, done, group * width);
      multiply_panels(
          kernels, 1, inner, rows, count, chunk_pixels, packed + group * group_size, ck_panel_width,
          inner * ck_panel_width, width, results + done * result_stride + group * width, result_stride,
          epilogue ? &part : NULL);
    }
  }
}

size_t ck_convolution_zero_count(const ck_convolution *c) {
  return joins_taps(c) ? c->filter_width * c->channels : c->channels;
}

size_t ck_convolution_scratch_count(const ck_convolution *c) {
  if (is_tiled(c)) return tiled_scratch_count(c);
  if (is_depthwise(c) || !(is_gathered(c) || joins_taps(c))) return 0;
  return chunk_pixels * tap_count(c) * group_channels(c);
}

static void convolve(
    const kernel_table *kernels, const ck_convolution *c, const float *images, const float *packed, const float *zeros,
    size_t first, size_t pixel_count, float *results, size_t result_stride, const ck_epilogue *epilogue,
    float *scratch) {
  if (is_tiled(c)) {
    convolve_tiled(
        c, kernels, images, packed, zeros, first, pixel_count, results, result_stride, epilogue, scratch);
  } else if (is_depthwise(c)) {
    convolve_depthwise(c, kernels, images, packed, first, pixel_count, results, result_stride, epilogue);
  } else if (is_gathered(c)) {
    convolve_gathered(
        c, kernels, images, packed, zeros, first, pixel_count, results, result_stride, epilogue, scratch);
  } else {
    convolve_runs(c, kernels, images, packed, zeros, first, pixel_count, results, result_stride, epilogue, scratch);
  }
}

void ck_convolve(
    const ck_convolution *c, const float *images, const float *packed, const float *zeros, size_t first,
    size_t pixel_count, float *results, size_t result_stride, const ck_epilogue *epilogue, float *scratch) {
  convolve(
      kernels_of_this_processor(), c, images, packed, zeros, first, pixel_count, results, result_stride, epilogue,
      scratch);
}

void ck_convolve_with(
    ck_instruction_set set, const ck_convolution *c, const float *images, const float *packed, const float *zeros,
    size_t first, size_t pixel_count, float *results, size_t result_stride, const ck_epilogue *epilogue,
    float *scratch) {
  convolve(kernels_of(set), c, images, packed, zeros, first, pixel_count, results, result_stride, epilogue, scratch);
}
