#pragma once

#include <stddef.h>
#include <stdint.h>

// Shuffled and deflated chunks of datasets, as HDF5 stores them. libdeflate finds repetitions, and expands chunks. But numbers
// seldom repeat. So bytes without repetitions are coded here, which is several times faster.

/// Groups the bytes of elements by their position in the element. The result must not overlap the bytes.
void cd_shuffle(const uint8_t *bytes, size_t element_count, size_t element_size, uint8_t *result);

/// Undoes `cd_shuffle`.
void cd_unshuffle(const uint8_t *bytes, size_t element_count, size_t element_size, uint8_t *result);

/// The size that a compressed chunk never exceeds.
size_t cd_bound(size_t count);

/// Compresses bytes to a zlib stream.
///
/// Parts of `part_size` bytes are examined separately; for shuffled bytes, this is the number of elements. The level is from 0
/// to 9. Returns the number of bytes of the stream, or 0 if there is no memory.
size_t cd_compress(const uint8_t *bytes, size_t count, size_t part_size, int level, uint8_t *result);

/// Expands a zlib stream and compares its checksum. Returns whether the stream is valid and expands to exactly `count` bytes.
int cd_expand(const uint8_t *stream, size_t stream_size, uint8_t *result, size_t count);
