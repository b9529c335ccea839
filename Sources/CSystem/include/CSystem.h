#pragma once

#include <stddef.h>
#include <stdint.h>

// Functions that Swift cannot call, or cannot implement safely.

// MARK: Mapped files

// Files that are mapped into memory. Another program can shorten such a file. If a program then reads a mapped page behind the
// new end, the system ends the program (SIGBUS). With these functions, the page reads as zeros, and the mapping is marked as
// damaged.

/// Maps the first `byte_count` bytes of an open file for reading, and returns their address; null if the bytes cannot be
/// mapped. `slot` identifies the mapping.
///
/// The first call installs a handler of SIGBUS. Faults outside these mappings go to the previous handler.
const void *cs_map(int descriptor, size_t byte_count, int *slot);

/// Whether a page of the mapping was behind the end of its file when it was read.
int cs_is_damaged(int slot);

/// Asks the system to load bytes of a mapping that will be read soon. This is only advice.
void cs_prepare(const void *start, size_t byte_count);

/// Removes a mapping.
void cs_unmap(int slot);

// MARK: Memory

/// Lets malloc keep freed memory for later, instead of returning it to the system. The system fills new memory with zeros page
/// by page, which takes time.
void cs_keep_freed_memory(void);

// MARK: Disk

/// Asks the system to begin writing bytes to the disk, so that a later synchronization of the file waits for fewer bytes. This
/// is only advice. If bytes cannot be written, the synchronization reports the error.
void cs_start_writing_back(int descriptor, int64_t offset, int64_t byte_count);
