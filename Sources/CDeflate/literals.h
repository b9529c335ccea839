#pragma once

#include <stddef.h>
#include <stdint.h>

/// The end of a deflate stream that is being written (RFC 1951): whole bytes, and up to seven bits of the next one.
typedef struct {
  uint8_t *next;
  uint64_t bits;
  unsigned bit_count;
} cd_writer;

/// A Huffman code of bytes, and the size of some bytes in it.
typedef struct {
  /// The lengths of the codes of 256 bytes and of the end of a block.
  uint8_t lengths[257];
  /// The size in bytes, with the description of the code.
  size_t size;
} cd_code;

/// The best code of the bytes, with at most 14 bits for each.
void cd_make_code(const uint8_t *bytes, size_t count, cd_code *code);

/// Writes bytes as a block of literals.
void cd_write_literals(cd_writer *writer, const cd_code *code, const uint8_t *bytes, size_t count, int is_last);

/// Writes bytes as blocks without compression. Ends with a whole byte. Without bytes, it only completes the current byte.
void cd_write_stored(cd_writer *writer, const uint8_t *bytes, size_t count, int is_last);
