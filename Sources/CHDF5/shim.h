#pragma once

/* Swift sees neither HDF5's macro constants nor its versioned macro names. This header gives both as functions, and the
   few calls whose argument types changed between 1.10 and 1.12 under one spelling. It needs no object file of its own. */

#include <hdf5.h>
#include <stdint.h>
#include <string.h>

#if H5_VERSION_GE(1, 13, 2)
#include <H5FDdevelop.h>
#endif

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

/* Constants */

static inline hid_t chdf5_default_properties(void) { return H5P_DEFAULT; }
static inline hid_t chdf5_whole_dataspace(void) { return H5S_ALL; }
static inline hid_t chdf5_default_error_stack(void) { return H5E_DEFAULT; }
static inline size_t chdf5_variable_length(void) { return H5T_VARIABLE; }
static inline haddr_t chdf5_undefined_address(void) { return HADDR_UNDEF; }

static inline unsigned chdf5_access_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned chdf5_access_read_write(void) { return H5F_ACC_RDWR; }
static inline unsigned chdf5_access_exclusive(void) { return H5F_ACC_EXCL; }
static inline unsigned chdf5_access_truncate(void) { return H5F_ACC_TRUNC; }

/* Property list classes */

static inline hid_t chdf5_class_file_creation(void) { return H5P_FILE_CREATE; }
static inline hid_t chdf5_class_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_class_group_creation(void) { return H5P_GROUP_CREATE; }
static inline hid_t chdf5_class_dataset_creation(void) { return H5P_DATASET_CREATE; }
static inline hid_t chdf5_class_dataset_transfer(void) { return H5P_DATASET_XFER; }
static inline hid_t chdf5_class_link_creation(void) { return H5P_LINK_CREATE; }
static inline hid_t chdf5_class_attribute_creation(void) { return H5P_ATTRIBUTE_CREATE; }

/* Predefined datatypes */

static inline hid_t chdf5_type_c_string(void) { return H5T_C_S1; }
static inline hid_t chdf5_type_object_reference(void) { return H5T_STD_REF_OBJ; }

static inline hid_t chdf5_type_float(int byte_count, int is_big_endian) {
  switch (byte_count) {
    case 4: return is_big_endian ? H5T_IEEE_F32BE : H5T_IEEE_F32LE;
    case 8: return is_big_endian ? H5T_IEEE_F64BE : H5T_IEEE_F64LE;
    default: return H5I_INVALID_HID;
  }
}

static inline hid_t chdf5_type_integer(int byte_count, int is_signed, int is_big_endian) {
  switch (byte_count) {
    case 1: return is_signed ? (is_big_endian ? H5T_STD_I8BE : H5T_STD_I8LE)
                             : (is_big_endian ? H5T_STD_U8BE : H5T_STD_U8LE);
    case 2: return is_signed ? (is_big_endian ? H5T_STD_I16BE : H5T_STD_I16LE)
                             : (is_big_endian ? H5T_STD_U16BE : H5T_STD_U16LE);
    case 4: return is_signed ? (is_big_endian ? H5T_STD_I32BE : H5T_STD_I32LE)
                             : (is_big_endian ? H5T_STD_U32BE : H5T_STD_U32LE);
    case 8: return is_signed ? (is_big_endian ? H5T_STD_I64BE : H5T_STD_I64LE)
                             : (is_big_endian ? H5T_STD_U64BE : H5T_STD_U64LE);
    default: return H5I_INVALID_HID;
  }
}

/* Calls whose argument types differ between library versions */

#if H5_VERSION_GE(1, 12, 0)
typedef H5L_info2_t chdf5_link_info;
#else
typedef H5L_info_t chdf5_link_info;
#endif

typedef herr_t (*chdf5_link_visitor)(hid_t group, const char *name, const chdf5_link_info *info, void *visitor_data);

/* The type of one link, or H5L_TYPE_ERROR. */
static inline H5L_type_t chdf5_link_type(hid_t location, const char *path) {
  chdf5_link_info info;
#if H5_VERSION_GE(1, 12, 0)
  herr_t status = H5Lget_info2(location, path, &info, H5P_DEFAULT);
#else
  herr_t status = H5Lget_info(location, path, &info, H5P_DEFAULT);
#endif
  return status < 0 ? H5L_TYPE_ERROR : info.type;
}

/* Visits the links of a group in increasing order of their names' bytes. */
static inline herr_t chdf5_visit_links(hid_t group, chdf5_link_visitor visitor, void *visitor_data) {
  hsize_t position = 0;
#if H5_VERSION_GE(1, 12, 0)
  return H5Literate2(group, H5_INDEX_NAME, H5_ITER_INC, &position, visitor, visitor_data);
#else
  return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &position, visitor, visitor_data);
#endif
}

/* The 16 bytes that identify the object that a hard link leads to. */
static inline void chdf5_link_identity(const chdf5_link_info *link, uint64_t *identity) {
#if H5_VERSION_GE(1, 12, 0)
  memcpy(identity, &link->u.token, 16);
#else
  identity[0] = link->u.address, identity[1] = 0;
#endif
}

/* The type of the object at a path. This asks the library only for the cheapest fields. */
static inline H5O_type_t chdf5_object_type(hid_t location, const char *path) {
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t info;
  herr_t status = H5Oget_info_by_name3(location, path, &info, H5O_INFO_BASIC, H5P_DEFAULT);
#else
  H5O_info_t info;
  herr_t status = H5Oget_info_by_name2(location, path, &info, H5O_INFO_BASIC, H5P_DEFAULT);
#endif
  return status < 0 ? H5O_TYPE_UNKNOWN : info.type;
}

/* The 16 bytes that identify the object at a path within its file. */
static inline herr_t chdf5_object_identity(hid_t location, const char *path, uint64_t *identity) {
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t info;
  herr_t status = H5Oget_info_by_name3(location, path, &info, H5O_INFO_BASIC, H5P_DEFAULT);
  if (status >= 0) memcpy(identity, &info.token, 16);
#else
  H5O_info_t info;
  herr_t status = H5Oget_info_by_name2(location, path, &info, H5O_INFO_BASIC, H5P_DEFAULT);
  if (status >= 0) identity[0] = info.addr, identity[1] = 0;
#endif
  return status;
}

/* The number of chunks of a dataset that have a place in the file. If the library cannot tell, the count stays unchanged. */
static inline herr_t chdf5_written_chunk_count(hid_t dataset, hid_t space, hsize_t *count) {
#if H5_VERSION_GE(1, 10, 5)
  return H5Dget_num_chunks(dataset, space, count);
#else
  return 0;
#endif
}

/* Whether the library reads and writes chunks without filters (1.10.5). */
static inline int chdf5_has_direct_chunks(void) {
#if H5_VERSION_GE(1, 10, 5)
  return 1;
#else
  return 0;
#endif
}

/* Writes the chunk that begins at an element as raw bytes, to which the filters were already applied. */
static inline herr_t chdf5_write_chunk(hid_t dataset, const hsize_t *start, size_t byte_count, const void *bytes) {
#if H5_VERSION_GE(1, 10, 5)
  return H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, start, byte_count, bytes);
#else
  return -1;
#endif
}

/* Reads the raw bytes of the chunk that begins at an element, without undoing the filters. */
static inline herr_t chdf5_read_chunk(hid_t dataset, const hsize_t *start, uint32_t *filter_mask, void *bytes) {
#if H5_VERSION_GE(1, 10, 5)
  return H5Dread_chunk(dataset, H5P_DEFAULT, start, filter_mask, bytes);
#else
  return -1;
#endif
}

/* Makes a reference to the object at a path. */
static inline herr_t chdf5_make_object_reference(hid_t location, const char *path, hobj_ref_t *reference) {
  return H5Rcreate(reference, location, path, H5R_OBJECT, -1);
}

/* An anonymous file in memory, or -1 if the system has none. */
static inline int chdf5_anonymous_file(void) {
#if defined(__linux__)
  return (int)syscall(SYS_memfd_create, "abandoned-hdf5", 1u /* close on exec */);
#else
  return -1;
#endif
}

/* A driver without functions. Later versions of the library check the version and a number, for which values from 256 on are free. */
static inline H5FD_class_t chdf5_empty_driver(void) {
  H5FD_class_t driver;
  memset(&driver, 0, sizeof driver);
#if H5_VERSION_GE(1, 13, 2)
  driver.version = H5FD_CLASS_VERSION;
  driver.value = (H5FD_class_value_t)0x2B21;
#endif
  return driver;
}
