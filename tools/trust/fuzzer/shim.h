#pragma once

/* libFuzzer's entry points. They are weak: only `tools/torture fuzz` links the program with libFuzzer. */

#include <stddef.h>
#include <stdint.h>

extern int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*read)(const uint8_t *bytes, size_t count))
    __attribute__((weak));
extern size_t LLVMFuzzerMutate(uint8_t *bytes, size_t count, size_t capacity) __attribute__((weak));

static inline int cfuzzer_is_present(void) { return LLVMFuzzerRunDriver != 0; }

static inline int cfuzzer_run(int argc, char **argv, int (*read)(const uint8_t *bytes, size_t count)) {
  return LLVMFuzzerRunDriver(&argc, &argv, read);
}

static inline size_t cfuzzer_mutate(uint8_t *bytes, size_t count, size_t capacity) {
  return LLVMFuzzerMutate != 0 ? LLVMFuzzerMutate(bytes, count, capacity) : count;
}
