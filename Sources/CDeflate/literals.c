#include "literals.h"

#include <string.h>

// A block of literals: a Huffman code for bytes, and no repetitions.

enum { end_of_block = 256, symbol_count = 257, greatest_length = 14, largest_stored = 65535 };

// MARK: The code

/// Computes code lengths from counts, by repeatedly joining the two rarest trees. Returns the greatest length.
static unsigned set_lengths(const uint32_t counts[symbol_count], uint8_t lengths[symbol_count]) {
  uint32_t weights[2 * symbol_count];
  uint16_t parents[2 * symbol_count], leaves[symbol_count];
  size_t leaf_count = 0;
  for (size_t symbol = 0; symbol < symbol_count; symbol++)
    if (counts[symbol]) leaves[leaf_count++] = (uint16_t)symbol;
  // Insertion sort is fast enough for 257 symbols.
  for (size_t i = 1; i < leaf_count; i++) {
    uint16_t symbol = leaves[i];
    size_t place = i;
    for (; place > 0 && counts[leaves[place - 1]] > counts[symbol]; place--) leaves[place] = leaves[place - 1];
    leaves[place] = symbol;
  }
  for (size_t i = 0; i < leaf_count; i++) weights[i] = counts[leaves[i]];
  // A new tree is never lighter than an earlier tree, so the leaves and the trees are two queues.
  size_t leaf = 0, tree = leaf_count, end = leaf_count;
  while (end < 2 * leaf_count - 1) {
    size_t pair[2];
    for (size_t i = 0; i < 2; i++)
      pair[i] = leaf < leaf_count && (tree == end || weights[leaf] <= weights[tree]) ? leaf++ : tree++;
    weights[end] = weights[pair[0]] + weights[pair[1]];
    parents[pair[0]] = parents[pair[1]] = (uint16_t)end++;
  }
  uint8_t depths[2 * symbol_count];
  unsigned greatest = 0;
  memset(lengths, 0, symbol_count);
  depths[end - 1] = 0;
  for (size_t node = end - 1; node-- > 0;) {
    unsigned depth = depths[parents[node]] + 1u;
    depths[node] = (uint8_t)depth;
    if (node >= leaf_count) continue;
    lengths[leaves[node]] = (uint8_t)depth;
    if (depth > greatest) greatest = depth;
  }
  return greatest;
}

static void count_bytes(const uint8_t *bytes, size_t count, uint32_t counts[symbol_count]) {
  // Several tables are used, because in a single table, equal neighbouring bytes would wait for each other.
  uint32_t tables[4][256];
  memset(tables, 0, sizeof tables);
  size_t i = 0;
  for (; i + 4 <= count; i += 4)
    for (size_t j = 0; j < 4; j++) tables[j][bytes[i + j]]++;
  for (; i < count; i++) tables[0][bytes[i]]++;
  for (size_t byte = 0; byte < 256; byte++)
    counts[byte] = tables[0][byte] + tables[1][byte] + tables[2][byte] + tables[3][byte];
  counts[end_of_block] = 1;
}

void cd_make_code(const uint8_t *bytes, size_t count, cd_code *code) {
  uint32_t counts[symbol_count], scaled[symbol_count];
  count_bytes(bytes, count, counts);
  // A code needs at least two symbols.
  if (count > 0 && counts[bytes[0]] == count) counts[(uint8_t)(bytes[0] + 1)] = 1;
  memcpy(scaled, counts, sizeof scaled);
  while (set_lengths(scaled, code->lengths) > greatest_length)
    for (size_t symbol = 0; symbol < symbol_count; symbol++) scaled[symbol] = (scaled[symbol] + 1) / 2;
  size_t bit_count = 3 + 14 + 19 * 3 + (symbol_count + 1) * 4;
  for (size_t symbol = 0; symbol < symbol_count; symbol++) bit_count += (size_t)counts[symbol] * code->lengths[symbol];
  code->size = (bit_count + 7) / 8;
}

// MARK: Writing

static inline void put(cd_writer *writer, uint64_t bits, unsigned count) {
  writer->bits |= bits << writer->bit_count;
  writer->bit_count += count;
}

static inline void flush(cd_writer *writer) {
  uint64_t bits = writer->bits;
  for (size_t i = 0; i < 8; i++) writer->next[i] = (uint8_t)(bits >> 8 * i);
  unsigned byte_count = writer->bit_count / 8;
  writer->next += byte_count;
  writer->bits = byte_count == 8 ? 0 : bits >> 8 * byte_count;
  writer->bit_count %= 8;
}

/// The codes in canonical order, with their bits reversed: the stream begins with the highest bit of a code.
static void set_codes(const uint8_t lengths[symbol_count], uint16_t codes[symbol_count]) {
  uint16_t next = 0;
  for (unsigned length = 1; length <= greatest_length; length++, next = (uint16_t)(next << 1))
    for (size_t symbol = 0; symbol < symbol_count; symbol++) {
      if (lengths[symbol] != length) continue;
      uint16_t code = next++, reversed = 0;
      for (unsigned bit = 0; bit < length; bit++) reversed = (uint16_t)(reversed << 1 | (code >> bit & 1));
      codes[symbol] = reversed;
    }
}

void cd_write_literals(cd_writer *writer, const cd_code *code, const uint8_t *bytes, size_t count, int is_last) {
  put(writer, (is_last ? 1 : 0) | 2 << 1, 3);
  // There are 257 lengths of literals and one length of distances, which is 0, because there are no repetitions. Each length is
  // coded in four bits, so all lengths take 129 bytes of a block.
  put(writer, 0, 5);
  put(writer, 0, 5);
  put(writer, 15, 4);
  flush(writer);
  for (size_t i = 0; i < 19; i++) {
    // The first three of these codes are for repeated lengths.
    put(writer, i < 3 ? 0 : 4, 3);
    flush(writer);
  }
  for (size_t i = 0; i <= symbol_count; i++) {
    uint8_t length = i < symbol_count ? code->lengths[i] : 0;
    uint8_t reversed = (uint8_t)((length & 1) << 3 | (length & 2) << 1 | (length & 4) >> 1 | (length & 8) >> 3);
    put(writer, reversed, 4);
    flush(writer);
  }
  uint16_t codes[symbol_count];
  set_codes(code->lengths, codes);
  uint32_t entries[256];
  for (size_t byte = 0; byte < 256; byte++)
    entries[byte] = code->lengths[byte] ? (uint32_t)codes[byte] << 8 | code->lengths[byte] : 0;
  size_t i = 0;
  // Four codes and the bits before them have at most 63 bits.
  for (; i + 4 <= count; i += 4) {
    for (size_t j = 0; j < 4; j++) put(writer, entries[bytes[i + j]] >> 8, entries[bytes[i + j]] & 0xFF);
    flush(writer);
  }
  for (; i < count; i++) {
    put(writer, entries[bytes[i]] >> 8, entries[bytes[i]] & 0xFF);
    flush(writer);
  }
  put(writer, codes[end_of_block], code->lengths[end_of_block]);
  flush(writer);
}

void cd_write_stored(cd_writer *writer, const uint8_t *bytes, size_t count, int is_last) {
  do {
    size_t size = count < largest_stored ? count : largest_stored;
    count -= size;
    put(writer, is_last && count == 0 ? 1 : 0, 3);
    writer->bit_count = (writer->bit_count + 7) / 8 * 8;
    put(writer, size | (~size & 0xFFFF) << 16, 32);
    flush(writer);
    memcpy(writer->next, bytes, size);
    writer->next += size;
    bytes += size;
  } while (count > 0);
}
