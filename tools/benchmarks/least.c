// The work that nobody can leave out, as small C programs. Each prints the seconds of its work.
//   least open FILE              starts libhdf5, opens and closes a file
//   least copy FROM TO           copies a file, syncs the copy, and reads it back
//   least join TO INPUT...       writes the bytes of some files to one, syncs it, and reads it back
//   least load FILE              reads a file into new memory, with all processors
//   least hash FILE              maps a file and hashes it, with all processors
#define _GNU_SOURCE
#define XXH_INLINE_ALL
#include <fcntl.h>
#include <hdf5.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

enum { block = 1 << 18 };

static void check(int is_good, const char *work) {
  if (is_good) return;
  perror(work);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

static size_t size_of(int file) {
  struct stat status;
  check(fstat(file, &status) == 0, "stat");
  return status.st_size;
}

static void append(int output, const char *path) {
  static char bytes[block];
  int input = open(path, O_RDONLY);
  check(input >= 0, path);
  for (ssize_t count; (count = read(input, bytes, block)) != 0;) check(count > 0 && write(output, bytes, count) == count, path);
  close(input);
}

static void read_back(int file) {
  static char bytes[block];
  ssize_t count;
  for (off_t offset = 0; (count = pread(file, bytes, block, offset)) != 0; offset += count) check(count > 0, "read");
}

static void join(const char *output, char **inputs, int count) {
  int file = open(output, O_CREAT | O_TRUNC | O_RDWR, 0644);
  check(file >= 0, output);
  for (int i = 0; i < count; i++) {
    append(file, inputs[i]);
    // The disk can begin while the next file is read.
    sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
  }
  check(fsync(file) == 0, "sync");
  read_back(file);
}

typedef struct {
  int file;
  char *memory;
  size_t begin, end;
} part;

static void *load_part(void *argument) {
  part *p = argument;
  for (size_t place = p->begin; place < p->end;) {
    ssize_t count = pread(p->file, p->memory + place, p->end - place < block ? p->end - place : block, place);
    check(count > 0, "read");
    place += count;
  }
  return NULL;
}

static void *hash_part(void *argument) {
  part *p = argument;
  volatile uint64_t low = XXH3_128bits(p->memory + p->begin, p->end - p->begin).low64;
  (void)low;
  return NULL;
}

static void in_parts(int file, char *memory, void *(*work)(void *)) {
  enum { most = 64 };
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  if (count > most) count = most;
  pthread_t threads[most];
  part parts[most];
  size_t size = size_of(file);
  for (long i = 0; i < count; i++) {
    parts[i] = (part){file, memory, size / count * i, i + 1 == count ? size : size / count * (i + 1)};
    check(pthread_create(&threads[i], NULL, work, &parts[i]) == 0, "thread");
  }
  for (long i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

int main(int count, char **arguments) {
  if (count < 3) return 64;
  const char *work = arguments[1], *path = arguments[2];
  double start = now();
  if (strcmp(work, "open") == 0) {
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0 || H5Fclose(file) < 0) return 1;
  } else if (strcmp(work, "copy") == 0 && count == 4) {
    join(arguments[3], arguments + 2, 1);
  } else if (strcmp(work, "join") == 0) {
    join(path, arguments + 3, count - 3);
  } else {
    int file = open(path, O_RDONLY);
    check(file >= 0, path);
    size_t size = size_of(file);
    if (strcmp(work, "load") == 0) {
      char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      check(memory != MAP_FAILED, "memory");
      madvise(memory, size, MADV_HUGEPAGE);
      in_parts(file, memory, load_part);
    } else if (strcmp(work, "hash") == 0) {
      char *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
      check(memory != MAP_FAILED, "map");
      in_parts(file, memory, hash_part);
    } else {
      return 64;
    }
  }
  printf("%.6f\n", now() - start);
  return 0;
}
