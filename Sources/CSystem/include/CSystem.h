#pragma once

#include <stddef.h>
#include <stdint.h>

// What Swift cannot call or cannot do safely.

// MARK: Mapped files

// Files in memory that another program may cut short. The system ends a program that reads a mapped page behind the end of its file
// (SIGBUS). Here, such a page reads as zeros, and the mapping remembers that it is damaged.

/// The start of `byte_count` bytes of an open file, for reading; null if they cannot be mapped. `slot` identifies the mapping.
///
/// The first call installs a handler of SIGBUS. Faults outside these mappings reach the handler that was there before.
const void *cs_map(int descriptor, size_t byte_count, int *slot);

/// Whether a page of the mapping was behind the end of its file when it was read.
int cs_is_damaged(int slot);

/// Lets the system prepare pages of a mapping that will be read soon. This is only advice.
void cs_prepare(const void *start, size_t byte_count);

/// Removes a mapping.
void cs_unmap(int slot);

// MARK: Memory

/// Lets malloc keep freed memory for later, instead of returning it to the system. Memory that comes from the system again has to be
/// filled with zeros page by page.
void cs_keep_freed_memory(void);

// MARK: Disk

/// Lets the system begin to move written bytes to the disk, so that synchronizing the file waits for fewer bytes later. This is only
/// advice: synchronizing reports bytes that could not be written.
void cs_start_writing_back(int descriptor, int64_t offset, int64_t byte_count);
