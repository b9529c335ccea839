#include <libdeflate.h>
#include <string.h>

#include "CDeflate.h"
#include "literals.h"

enum { sample_size = 8192, smallest_part = 4096 };

// MARK: Shuffling

// Loops with a constant element size become vector code.
#define SHUFFLE(size)                                                                        \
  for (size_t i = 0; i < element_count; i++)                                                 \
    for (size_t j = 0; j < size; j++) result[j * element_count + i] = bytes[i * size + j];

#define UNSHUFFLE(size)                                                                      \
  for (size_t i = 0; i < element_count; i++)                                                 \
    for (size_t j = 0; j < size; j++) result[i * size + j] = bytes[j * element_count + i];

void cd_shuffle(
    const uint8_t *restrict bytes, size_t element_count, size_t element_size, uint8_t *restrict result) {
  switch (element_size) {
    case 2: SHUFFLE(2) break;
    case 4: SHUFFLE(4) break;
    case 8: SHUFFLE(8) break;
    default: SHUFFLE(element_size)
  }
}

void cd_unshuffle(
    const uint8_t *restrict bytes, size_t element_count, size_t element_size, uint8_t *restrict result) {
  switch (element_size) {
    case 2: UNSHUFFLE(2) break;
    case 4: UNSHUFFLE(4) break;
    case 8: UNSHUFFLE(8) break;
    default: UNSHUFFLE(element_size)
  }
}

// MARK: Compressing

size_t cd_bound(size_t count) {
  // The compressed sample is stored behind the result. A part needs at most six bytes more than its content.
  return count + count / 256 + 4 * sample_size;
}

/// Whether searching for repetitions makes the bytes smaller, estimated from samples. `scratch` has room for a compressed sample.
static int has_repetitions(
    struct libdeflate_compressor *compressor, const uint8_t *bytes, size_t count, uint8_t *scratch) {
  size_t sample_count = count <= 2 * sample_size ? 1 : 2;
  for (size_t i = 0; i < sample_count; i++) {
    size_t start = sample_count == 1 ? 0 : (count - sample_size) * (2 * i + 1) / 4;
    size_t size = sample_count == 1 ? count : sample_size;
    cd_code code;
    cd_make_code(bytes + start, size, &code);
    size_t literals = code.size < size ? code.size : size;
    size_t found = libdeflate_deflate_compress(compressor, bytes + start, size, scratch, size + size / 256 + 64);
    // The function returns 0 if the result is not smaller.
    if (found == 0) continue;
    // libdeflate describes its code in fewer bytes, which saves up to 80 bytes even without repetitions.
    if (found + 80 < literals - literals / 50) return 1;
  }
  return 0;
}

size_t cd_compress(const uint8_t *bytes, size_t count, size_t part_size, int level, uint8_t *result) {
  struct libdeflate_compressor *compressor = level > 0 ? libdeflate_alloc_compressor(level) : NULL;
  if (level > 0 && !compressor) return 0;
  result[0] = 0x78;
  result[1] = 0x01;
  cd_writer writer = {result + 2, 0, 0};
  if (part_size < smallest_part) part_size = count;
  size_t start = 0;
  int is_complete = 0;
  while (!is_complete) {
    size_t size = count - start < part_size ? count - start : part_size;
    // Bytes after repetitions may repeat the same bytes, so libdeflate gets all following bytes.
    if (level > 0 && count < smallest_part) break;
    if (level > 0 && has_repetitions(compressor, bytes + start, size, writer.next + 16)) break;
    is_complete = start + size == count;
    cd_code code = {{0}, size + 1};
    if (level > 0) cd_make_code(bytes + start, size, &code);
    if (code.size < size - size / 256)
      cd_write_literals(&writer, &code, bytes + start, size, is_complete);
    else
      cd_write_stored(&writer, bytes + start, size, is_complete);
    start += size;
  }
  if (!is_complete && writer.bit_count > 0) cd_write_stored(&writer, bytes, 0, 0);
  if (writer.bit_count > 0) *writer.next++ = (uint8_t)writer.bits;
  if (!is_complete) {
    size_t rest = count - start;
    writer.next += libdeflate_deflate_compress(compressor, bytes + start, rest, writer.next, cd_bound(rest));
  }
  if (compressor) libdeflate_free_compressor(compressor);
  uint32_t checksum = libdeflate_adler32(1, bytes, count);
  for (size_t i = 0; i < 4; i++) *writer.next++ = (uint8_t)(checksum >> (24 - 8 * i));
  return (size_t)(writer.next - result);
}

// MARK: Expanding

int cd_expand(const uint8_t *stream, size_t stream_size, uint8_t *result, size_t count) {
  struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
  if (!decompressor) return 0;
  enum libdeflate_result status = libdeflate_zlib_decompress(decompressor, stream, stream_size, result, count, NULL);
  libdeflate_free_decompressor(decompressor);
  return status == LIBDEFLATE_SUCCESS;
}
