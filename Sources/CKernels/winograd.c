#include "convolution.h"

enum {
  /// The greatest number of tiles that are computed together: a multiple of the rows of a tile of every instruction set.
  block_tiles = 48,
  /// The greatest number of neighbouring tiles that are finished together, while they are in the nearest cache.
  run_tiles = 12,
  /// With fewer channels or filters than this, the transforms cost as much as they save.
  fewest_channels = 32,
  fewest_filters = 32,
  /// With fewer tiles in an image than this, reading the transformed filters takes longer than the products.
  fewest_tiles = 4,
};

int is_tiled(const ck_convolution *c) {
  if (c->filter_height != 3 || c->filter_width != 3 || c->groups != 1) return 0;
  if (c->stride_height != 1 || c->stride_width != 1 || c->dilation_height != 1 || c->dilation_width != 1) return 0;
  // Tiles at the edges of odd images are computed whole. Tiles win if direct products are at least 1.5 times as many.
  size_t tiles = ((c->result_height + 1) / 2) * ((c->result_width + 1) / 2);
  return c->channels >= fewest_channels && c->filters >= fewest_filters && tiles >= fewest_tiles
         && 2 * 9 * c->result_height * c->result_width >= 3 * matrices * tiles;
}

/// The convolution of some pixels, from `first` to `end`.
typedef struct {
  const ck_convolution *c;
  const kernel_table *kernels;
  const float *images, *zeros;
  /// Panels of transformed filters, and panels of the filters themselves.
  const float *transformed, *packed;
  size_t first, end;
  float *results;
  size_t result_stride;
  const ck_epilogue *epilogue;
} task;

/// Finds the addresses of a tile. Returns whether any of its pixels is wanted.
static int find_tile(const task *t, size_t index, result_tile *tile) {
  const ck_convolution *c = t->c;
  size_t tile_columns = (c->result_width + 1) / 2, tile_rows = (c->result_height + 1) / 2;
  size_t image = index / tile_columns / tile_rows;
  tile->row = index / tile_columns % tile_rows * 2;
  tile->column = index % tile_columns * 2;
  tile->pixel = (image * c->result_height + tile->row) * c->result_width + tile->column;
  int is_wanted = 0;
  for (size_t i = 0; i < 4; i++) {
    size_t pixel = tile->pixel + i / 2 * c->result_width + i % 2;
    int is_inside = tile->row + i / 2 < c->result_height && tile->column + i % 2 < c->result_width
                    && pixel >= t->first && pixel < t->end;
    tile->results[i] = is_inside ? t->results + (pixel - t->first) * t->result_stride : NULL;
    is_wanted |= is_inside;
  }
  const float *numbers = t->images + image * c->height * c->width * c->channels;
  for (size_t i = 0; is_wanted && i < 4; i++) {
    // Negative positions wrap around to large numbers, so one comparison finds both sides.
    size_t y = tile->row + i - c->padding_top;
    for (size_t j = 0; j < 4; j++) {
      size_t x = tile->column + j - c->padding_left;
      int is_inside = y < c->height && x < c->width;
      tile->numbers[4 * i + j] = is_inside ? numbers + (y * c->width + x) * c->channels : t->zeros;
    }
  }
  return is_wanted;
}

/// The scratch space of a block of tiles. Distances count floats. They are not multiples of the page size, because addresses that
/// differ by multiples of the page size compete for the same places in the nearest cache.
typedef struct {
  /// The transformed tiles, and the distances between tiles and between matrices.
  float *numbers;
  size_t number_distance, number_matrix;
  /// The products for a block of filters, with the same distances.
  float *products;
  size_t product_distance, product_matrix;
  /// The results of tiles that are computed directly.
  float *direct;
  /// A place for results that are not wanted.
  float *unused;
  size_t count;
} workspace;

/// The scratch space that begins at the given address, or null to find its size.
static workspace workspace_at(const ck_convolution *c, float *scratch) {
  workspace w = {0};
  w.number_distance = rounded_up(c->channels, ck_panel_width) + ck_panel_width;
  w.number_matrix = block_tiles * w.number_distance + ck_panel_width;
  w.product_distance = smaller(block_filters, rounded_up(c->filters, ck_panel_width));
  w.product_matrix = block_tiles * w.product_distance + ck_panel_width;
  size_t products = matrices * w.number_matrix, direct = products + matrices * w.product_matrix;
  size_t unused = direct + 4 * run_tiles * block_filters, line = 64;
  w.count = unused + block_filters + line / sizeof(float);
  if (!scratch) return w;
  // The numbers of a vector are in one line of the cache.
  w.numbers = scratch + (line - (uintptr_t)scratch % line) % line / sizeof(float);
  w.products = w.numbers + products;
  w.direct = w.numbers + direct;
  w.unused = w.numbers + unused;
  return w;
}

size_t tiled_scratch_count(const ck_convolution *c) { return workspace_at(c, NULL).count; }

/// Computes uneven tiles and tiles with results that are not finite directly. In the transform, a very large number, an infinity or a
/// NaN would also change pixels that do not depend on it, and sums of large numbers may overflow.
static void compute_directly(
    const task *t, const workspace *w, const result_tile *tiles, const int *are_finite, size_t count, size_t filter,
    size_t width) {
  enum { most = 4 * run_tiles };
  const float *addresses[9][most];
  float *targets[most];
  size_t pixels = 0;
  for (size_t i = 0; i < count; i++) {
    for (size_t j = 0; j < 4 && (tiles[i].is_uneven || !are_finite[i]); j++) {
      if (!tiles[i].results[j]) continue;
      for (size_t tap = 0; tap < 9; tap++)
        addresses[tap][pixels] = tiles[i].numbers[4 * (j / 2 + tap / 3) + j % 2 + tap % 3];
      targets[pixels++] = tiles[i].results[j] + filter;
    }
  }
  if (pixels == 0) return;
  size_t inner = 9 * t->c->channels;
  multiply_panels(
      t->kernels, 9, t->c->channels, &addresses[0][0], pixels, most, t->packed + filter * inner, ck_panel_width,
      inner * ck_panel_width, width, w->direct, block_filters, NULL);
  for (size_t i = 0; i < pixels; i++)
    for (size_t j = 0; j < width; j++) targets[i][j] = w->direct[i * block_filters + j];
}

/// Applies the epilogue to the wanted pixels of neighbouring tiles.
static void apply_epilogue_to_run(const task *t, const result_tile *tiles, size_t count, size_t filter, size_t width) {
  size_t columns = smaller(2 * count, t->c->result_width - tiles[0].column);
  for (size_t row = 0; row < 2 && tiles[0].row + row < t->c->result_height; row++) {
    size_t begin = tiles[0].pixel + row * t->c->result_width, end = smaller(begin + columns, t->end);
    if (begin < t->first) begin = t->first;
    if (begin >= end) continue;
    ck_epilogue part = epilogue_of(t->epilogue, begin - t->first, filter);
    t->kernels->apply_epilogue(
        &part, t->results + (begin - t->first) * t->result_stride + filter, end - begin, t->result_stride, width);
  }
}

/// Multiplies a matrix of transformed tiles by some panels. All panels follow one another in the order in which they are read, so the
/// next panels are fetched while a product is computed.
static void multiply_matrix(
    const task *t, const workspace *w, size_t matrix, size_t count, const float *panels, size_t columns) {
  const kernel_table *kernels = t->kernels;
  size_t channels = t->c->channels, panel_size = channels * ck_panel_width;
  const float *rows[block_tiles];
  for (size_t i = 0; i < count; i++) rows[i] = w->numbers + matrix * w->number_matrix + i * w->number_distance;
  size_t parts = (count + kernels->tile_rows - 1) / kernels->tile_rows, part_rows = (count + parts - 1) / parts;
  for (size_t column = 0, width; column < columns; column += width) {
    width = smaller(columns - column, kernels->tile_panels * ck_panel_width);
    for (size_t i = 0, part = 0; i < count; i += part_rows, part++) {
      const float *next = panels + (part < width / ck_panel_width ? width * channels + part * panel_size : 0);
      float *products = w->products + matrix * w->product_matrix + i * w->product_distance + column;
      kernels->tile(
          smaller(count - i, part_rows), width, 1, channels, rows + i, 0, panels, ck_panel_width, panel_size, next,
          products, w->product_distance);
    }
    panels += width * channels;
  }
}

static void compute_block(const task *t, const workspace *w, result_tile *tiles, size_t count) {
  size_t channels = t->c->channels;
  t->kernels->transform_tiles(tiles, count, channels, w->numbers, w->number_distance, w->number_matrix);
  for (size_t filter = 0; filter < t->c->filters; filter += block_filters) {
    size_t width = smaller(t->c->filters - filter, block_filters), columns = rounded_up(width, ck_panel_width);
    const float *panels = t->transformed + filter * matrices * channels;
    for (size_t matrix = 0; matrix < matrices; matrix++, panels += columns * channels)
      multiply_matrix(t, w, matrix, count, panels, columns);
    for (size_t i = 0, length; i < count; i += length) {
      int are_finite[run_tiles];
      for (length = 1; length < run_tiles && i + length < count; length++)
        if (tiles[i + length].column != tiles[i].column + 2 * length) break;
      t->kernels->combine_products(
          tiles + i, length, w->products + i * w->product_distance, w->product_distance, w->product_matrix, filter,
          width, w->unused, are_finite);
      compute_directly(t, w, tiles + i, are_finite, length, filter, width);
      if (t->epilogue) apply_epilogue_to_run(t, tiles + i, length, filter, width);
    }
  }
}

size_t ck_convolution_boundary(const ck_convolution *c, size_t pixel) {
  if (!is_tiled(c)) return pixel;
  size_t row = (pixel + c->result_width - 1) / c->result_width, image = row / c->result_height;
  size_t end = smaller((row % c->result_height + 1) / 2 * 2, c->result_height);
  return (image * c->result_height + end) * c->result_width;
}

void convolve_tiled(
    const ck_convolution *c, const kernel_table *kernels, const float *images, const float *packed, const float *zeros,
    size_t first, size_t pixel_count, float *results, size_t result_stride, const ck_epilogue *epilogue,
    float *scratch) {
  if (pixel_count == 0) return;
  task t = {c,     kernels,       images,   zeros, packed, packed + tiled_filter_count(c), first, first + pixel_count,
            results, result_stride, epilogue};
  workspace w = workspace_at(c, scratch);
  size_t tile_columns = (c->result_width + 1) / 2, tile_rows = (c->result_height + 1) / 2;
  size_t row = first / c->result_width, last = (t.end - 1) / c->result_width;
  size_t index = (row / c->result_height * tile_rows + row % c->result_height / 2) * tile_columns;
  size_t end = (last / c->result_height * tile_rows + last % c->result_height / 2 + 1) * tile_columns;
  // Blocks get about the same number of tiles.
  size_t blocks = (end - index + block_tiles - 1) / block_tiles, block = (end - index + blocks - 1) / blocks;
  result_tile tiles[block_tiles];
  while (index < end) {
    size_t count = 0;
    for (; index < end && count < block; index++) count += find_tile(&t, index, &tiles[count]) != 0;
    if (count > 0) compute_block(&t, &w, tiles, count);
  }
}
