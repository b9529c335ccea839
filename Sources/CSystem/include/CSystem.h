#pragma once

#include <stddef.h>
#include <stdint.h>

// Functions that Swift cannot call, or cannot implement safely.

// MARK: Mapped files

// Files in memory that another program may cut short. The system ends a program that reads a mapped page behind the end of its file
// (SIGBUS). Here, such a page reads as zeros, and the mapping remembers that it is damaged.

/// The start of `byte_count` bytes of an open file, for reading; null if they cannot be mapped. `slot` identifies the mapping.
///
/// The first call installs a handler of SIGBUS. Faults outside these mappings go to the previous handler.
const void *cs_map(int descriptor, size_t byte_count, int *slot);

/// Whether a page of the mapping was behind the end of its file when it was read.
int cs_is_damaged(int slot);

/// Lets the system prepare pages of a mapping that will be read soon. This is only advice.
void cs_prepare(const void *start, size_t byte_count);

/// Removes a mapping.
void cs_unmap(int slot);

// MARK: Memory

/// Lets malloc keep freed memory for later, instead of returning it to the system. The system fills new memory with zeros page by
/// page, which takes time.
void cs_keep_freed_memory(void);

// MARK: Disk

/// Asks the system to begin writing bytes to the disk, so that synchronizing the file later waits for fewer bytes. This is only
/// advice: synchronizing reports bytes that could not be written.
void cs_start_writing_back(int descriptor, int64_t offset, int64_t byte_count);
