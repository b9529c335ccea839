#include "convolution.h"

enum {
  /// The number of channels of a depthwise convolution that are computed together, so that their numbers stay in the nearest cache.
  depthwise_channels = 64,
};

/// The indices from `first` to `end` of the taps along an axis that are inside of the image.
typedef struct {
  size_t first, end;
} inside;

static inside taps_inside(size_t index, size_t stride, size_t padding, size_t dilation, size_t taps, size_t extent) {
  size_t start = index * stride, before = padding > start ? padding - start : 0;
  inside result = {smaller((before + dilation - 1) / dilation, taps), 0};
  if (extent + padding > start) result.end = smaller((extent + padding - start + dilation - 1) / dilation, taps);
  if (result.end < result.first) result.end = result.first;
  return result;
}

/// Computes some neighbouring pixels of a depthwise convolution, `width` channels from `channel` on. Taps outside of the image
/// are left out.
static void convolve_depthwise_row(
    const ck_convolution *c, const kernel_table *kernels, place at, size_t count, const float *packed, size_t channel,
    size_t width, float *results, size_t result_stride) {
  inside rows = taps_inside(
      at.row, c->stride_height, c->padding_top, c->dilation_height, c->filter_height, c->height);
  depthwise_taps taps = {
      rows.end - rows.first, c->filter_width, c->channels, c->dilation_height * c->width * c->channels,
      c->dilation_width * c->channels, c->stride_width * c->channels, c->filter_width * c->channels};
  size_t y = at.row * c->stride_height + rows.first * c->dilation_height - c->padding_top;
  for (size_t end = at.column + count, length; at.column < end; at.column += length) {
    inside columns = taps_inside(
        at.column, c->stride_width, c->padding_left, c->dilation_width, c->filter_width, c->width);
    taps.columns = columns.end - columns.first;
    size_t x = at.column * c->stride_width + columns.first * c->dilation_width - c->padding_left;
    length = 1;
    if (taps.columns == c->filter_width) {
      // All taps are inside of the image, up to the last pixel whose last tap is inside.
      size_t reach = (c->filter_width - 1) * c->dilation_width;
      length = smaller((c->width - 1 - reach - x) / c->stride_width + 1, end - at.column);
    }
    kernels->depthwise(
        &taps, length, width, at.image + (y * c->width + x) * c->channels + channel,
        packed + (rows.first * c->filter_width + columns.first) * c->channels + channel, results, result_stride);
    results += length * result_stride;
  }
}

void convolve_depthwise(
    const ck_convolution *c, const kernel_table *kernels, const float *images, const float *packed, size_t first,
    size_t pixel_count, float *results, size_t result_stride, const ck_epilogue *epilogue) {
  for (size_t done = 0, count; done < pixel_count; done += count) {
    count = next_chunk(pixel_count - done);
    for (size_t channel = 0; channel < c->channels; channel += depthwise_channels) {
      size_t width = smaller(c->channels - channel, depthwise_channels);
      float *target = results + done * result_stride + channel;
      place at = place_of(c, images, first + done);
      for (size_t i = 0, length; i < count; i += length) {
        length = smaller(c->result_width - at.column, count - i);
        convolve_depthwise_row(
            c, kernels, at, length, packed, channel, width, target + i * result_stride, result_stride);
        at.column += length - 1;
        advance(c, &at);
      }
      if (!epilogue) continue;
      ck_epilogue part = epilogue_of(epilogue, done, channel);
      kernels->apply_epilogue(&part, target, count, result_stride, width);
    }
  }
}
