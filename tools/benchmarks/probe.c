// The least work of an average: reads some files of floats block by block, averages them in double precision, writes the result, and
// syncs it, all in one thread. Prints the seconds. usage: probe OUTPUT INPUT...
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { count = 1 << 18 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

int main(int argument_count, char **arguments) {
  static float block[count], result[count];
  static double sums[count];
  int file_count = argument_count - 2, *files = malloc(sizeof(int) * argument_count);
  double start = now();
  int output = open(arguments[1], O_CREAT | O_TRUNC | O_WRONLY, 0644);
  for (int i = 0; i < file_count; i++) files[i] = open(arguments[2 + i], O_RDONLY);
  for (off_t offset = 0;;) {
    ssize_t size = 0;
    for (size_t j = 0; j < count; j++) sums[j] = 0;
    for (int i = 0; i < file_count; i++) {
      size = pread(files[i], block, sizeof block, offset);
      for (ssize_t j = 0; j < size / 4; j++) sums[j] += block[j];
    }
    if (size <= 0) break;
    for (ssize_t j = 0; j < size / 4; j++) result[j] = (float)(sums[j] / file_count);
    if (pwrite(output, result, size, offset) != size) return 1;
    offset += size;
  }
  if (fsync(output) != 0) return 1;
  printf("%.6f\n", now() - start);
  return 0;
}
