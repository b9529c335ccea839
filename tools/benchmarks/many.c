// The least work of writing a checkpoint of many small tensors with libhdf5: the groups, tensors, attributes and dimension scales of a
// batch-normalized perceptron, without documents and digests, written and synced, and not read back. Prints the seconds.
// usage: many OUTPUT LAYERS
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { width = 16 };
static hid_t link_list, group_list, tensor_list, scale_list, attribute_list, scalar, references, texts[256];
static const char digest[] = "99aa06d3014798d86001c324468d497f";

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

static void attribute(hid_t object, const char *name, hid_t type, hid_t space, const void *value) {
  hid_t created = H5Acreate2(object, name, type, space, attribute_list, H5P_DEFAULT);
  if (created < 0 || H5Awrite(created, type, value) < 0) exit(1);
  H5Aclose(created);
}

static hid_t text_type(size_t size) {
  if (texts[size]) return texts[size];
  texts[size] = H5Tcopy(H5T_C_S1);
  H5Tset_size(texts[size], size), H5Tset_strpad(texts[size], H5T_STR_NULLPAD), H5Tset_cset(texts[size], H5T_CSET_UTF8);
  return texts[size];
}

static void text(hid_t object, const char *name, const char *value, hid_t space) {
  attribute(object, name, text_type(strlen(value)), space, value);
}

static hid_t group(hid_t parent, const char *name) {
  return H5Gcreate2(parent, name, link_list, group_list, H5P_DEFAULT);
}

static void scale(hid_t parent, const char *name) {
  static const char words[] = "This is a netCDF dimension but not a netCDF variable.         16";
  hid_t space = H5Screate_simple(1, (hsize_t[]){width}, NULL);
  hid_t created = H5Dcreate2(parent, name, H5T_IEEE_F32LE, space, link_list, scale_list, H5P_DEFAULT);
  text(created, "CLASS", "DIMENSION_SCALE", scalar), text(created, "NAME", words, scalar);
  H5Dclose(created), H5Sclose(space);
}

static void tensor(hid_t parent, const char *name, const char *brick, const char *const *axes, int rank, int kind) {
  static float values[width * width];
  hid_t space = H5Screate_simple(rank, (hsize_t[]){width, width}, NULL), axis_space = H5Screate_simple(1, (hsize_t[]){rank}, NULL);
  hid_t created = H5Dcreate2(parent, name, H5T_IEEE_F32LE, space, link_list, tensor_list, H5P_DEFAULT);
  if (created < 0 || H5Dwrite(created, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) exit(1);
  text(created, "role", "WEIGHT", scalar), text(created, "brick", brick, scalar), text(created, "digest", digest, scalar);
  attribute(created, "axes", text_type(7), axis_space, "channelchannel");
  if (kind > 0) attribute(created, "broadcastable", H5T_STD_U8LE, axis_space, (uint8_t[]){0});
  if (kind > 1) {
    hid_t counts = H5Screate_simple(1, (hsize_t[]){1}, NULL);
    attribute(created, "epsilon", H5T_NATIVE_DOUBLE, scalar, (double[]){1e-4}), text(created, "estimator", "none", scalar);
    attribute(created, "records", H5T_NATIVE_INT64, scalar, (int64_t[]){0}), text(created, "parameters_digest", "-", scalar);
    attribute(created, "observation_counts", H5T_NATIVE_INT64, counts, (int64_t[]){0});
    H5Sclose(counts);
  }
  hobj_ref_t targets[2];
  hvl_t lists[2];
  for (int axis = 0; axis < rank; axis++) {
    H5Rcreate(&targets[axis], parent, axes[axis], H5R_OBJECT, -1);
    lists[axis] = (hvl_t){1, &targets[axis]};
  }
  attribute(created, "DIMENSION_LIST", references, axis_space, lists);
  H5Dclose(created), H5Sclose(space), H5Sclose(axis_space);
}

int main(int argument_count, char **arguments) {
  int layers = argument_count > 2 ? atoi(arguments[2]) : 2000;
  double start = now();
  hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110), H5Pset_alignment(access, 2048, 64);
  H5Pset_sieve_buf_size(access, 0), H5Pset_obj_track_times(creation, 0);
  hid_t file = H5Fcreate(arguments[1], H5F_ACC_TRUNC, creation, access);
  link_list = H5Pcreate(H5P_LINK_CREATE), attribute_list = H5Pcreate(H5P_ATTRIBUTE_CREATE);
  H5Pset_char_encoding(link_list, H5T_CSET_UTF8), H5Pset_char_encoding(attribute_list, H5T_CSET_UTF8);
  group_list = H5Pcreate(H5P_GROUP_CREATE), H5Pset_obj_track_times(group_list, 0);
  scale_list = H5Pcreate(H5P_DATASET_CREATE), H5Pset_obj_track_times(scale_list, 0);
  H5Pset_attr_phase_change(scale_list, 16, 0), H5Pset_fill_time(scale_list, H5D_FILL_TIME_NEVER);
  tensor_list = H5Pcopy(scale_list), H5Pset_alloc_time(tensor_list, H5D_ALLOC_TIME_EARLY);
  scalar = H5Screate(H5S_SCALAR), references = H5Tvlen_create(H5T_STD_REF_OBJ);
  const char *const matrix[] = {"input", "output"}, *const vector[] = {"channel"};
  for (int part = 0; part < 2; part++) {
    hid_t root = group(file, part ? "statistics" : "parameters"), network = group(root, "mlp");
    for (int layer = 0; layer < layers; layer++) {
      char name[64], brick[128];
      snprintf(name, sizeof name, "batch_norm_activation_%d", layer);
      snprintf(brick, sizeof brick, "/mlp/%s/batchnormalization", name);
      hid_t outer = group(network, name), inner = group(outer, "batchnormalization");
      scale(inner, "channel");
      tensor(inner, part ? "population_mean" : "batch_norm_scale", brick, vector, 1, 1 + part);
      tensor(inner, part ? "population_stdev" : "batch_norm_shift", brick, vector, 1, 1 + part);
      H5Gclose(inner), H5Gclose(outer);
      if (part) continue;
      snprintf(name, sizeof name, "linear_%d", layer), snprintf(brick, sizeof brick, "/mlp/%s", name);
      hid_t linear = group(network, name);
      scale(linear, "input"), scale(linear, "output");
      tensor(linear, "W", brick, matrix, 2, 0);
      H5Gclose(linear);
    }
    H5Gclose(network), H5Gclose(root);
  }
  if (H5Fclose(file) < 0) return 1;
  int descriptor = open(arguments[1], O_RDWR);
  if (descriptor < 0 || fsync(descriptor) != 0) return 1;
  printf("%.6f\n", now() - start);
  return 0;
}
