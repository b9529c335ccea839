#pragma once

#include "kernels.h"

// The parts of a convolution's result, and the algorithms that are not in convolution.c.

enum {
  /// The number of pixels that are computed together: a multiple of the tile of every instruction set.
  usual_pixels = 48,
  /// The greatest number of pixels that are computed together. A few pixels at the end join the last chunk, because each chunk
  /// reads all filters.
  chunk_pixels = 60,
};

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
static inline size_t rounded_up(size_t count, size_t unit) { return (count + unit - 1) / unit * unit; }

/// The number of pixels in the next chunk.
static inline size_t next_chunk(size_t left) { return left <= chunk_pixels ? left : usual_pixels; }

/// A pixel of the result, and its image.
typedef struct {
  const float *image;
  size_t row, column;
} place;

static inline place place_of(const ck_convolution *c, const float *images, size_t index) {
  size_t pixels = c->result_height * c->result_width, pixel = index % pixels;
  place result = {
      images + index / pixels * c->height * c->width * c->channels, pixel / c->result_width, pixel % c->result_width};
  return result;
}

static inline void advance(const ck_convolution *c, place *at) {
  if (++at->column < c->result_width) return;
  at->column = 0;
  if (++at->row < c->result_height) return;
  at->row = 0;
  at->image += c->height * c->width * c->channels;
}

/// Computes some pixels of a convolution with one filter for each channel, as `ck_convolve` describes them.
void convolve_depthwise(
    const ck_convolution *c, const kernel_table *kernels, const float *images, const float *packed, size_t first,
    size_t pixel_count, float *results, size_t result_stride, const ck_epilogue *epilogue);

// Convolutions with 3×3 filters, for tiles of 2×2 pixels: F(2×2, 3×3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural
// Networks", arXiv 1509.09308. Its 16 products replace 36 products.

enum {
  /// The number of matrices of a transformed tile or filter: one for each of its 4×4 numbers.
  matrices = 16,
  /// The number of filters whose products with a block of tiles stay in a cache together.
  block_filters = 64,
};

/// Whether a convolution is computed in tiles. This depends only on the extents of an image and of the filters.
int is_tiled(const ck_convolution *convolution);

/// The number of floats that `pack_tiled` writes: 0 if the convolution is not computed in tiles.
size_t tiled_filter_count(const ck_convolution *convolution);

/// Transforms and packs the filters. Their untransformed panels follow in memory.
void pack_tiled(const ck_convolution *convolution, const float *filters, int is_flipped, float *packed);

/// The number of floats that `convolve_tiled` needs as scratch space.
size_t tiled_scratch_count(const ck_convolution *convolution);

/// Does the same as `ck_convolve`.
void convolve_tiled(
    const ck_convolution *convolution, const kernel_table *kernels, const float *images, const float *packed,
    const float *zeros, size_t first, size_t pixel_count, float *results, size_t result_stride,
    const ck_epilogue *epilogue, float *scratch);
