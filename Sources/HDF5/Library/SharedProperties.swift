import CHDF5

/// Property lists that never change. Creating a list is slower than creating an attribute, so each list is created once for the
/// process. Use the lists under the lock. If the library could not create a list, its identifier is invalid, and calls with the
/// list fail.
enum SharedProperties {
  /// For links, whose names are UTF-8.
  static let linkCreation = make(chdf5_class_link_creation()) { H5Pset_char_encoding($0, H5T_CSET_UTF8) }
  /// For attributes, whose names are UTF-8.
  static let attributeCreation = make(chdf5_class_attribute_creation()) { H5Pset_char_encoding($0, H5T_CSET_UTF8) }
  /// For groups, without the time of their creation.
  static let groupCreation = make(chdf5_class_group_creation()) { H5Pset_obj_track_times($0, false) }

  /// For contiguous datasets whose space is allocated when they are written.
  static let datasetCreation = make(chdf5_class_dataset_creation()) { prepareDataset($0, allocatesEarly: false) }
  /// For contiguous datasets whose space is allocated when they are created.
  static let earlyDatasetCreation = make(chdf5_class_dataset_creation()) { prepareDataset($0, allocatesEarly: true) }

  /// Sets what all datasets have in common: no times, no fill values, and attributes in the header.
  static func prepareDataset(_ list: hid_t, allocatesEarly: Bool) -> herr_t {
    guard H5Pset_obj_track_times(list, false) >= 0,
      // A statistic has about twelve attributes. By default, the library moves more than eight into a heap, which is slow and large.
      H5Pset_attr_phase_change(list, 16, 0) >= 0, H5Pset_fill_time(list, H5D_FILL_TIME_NEVER) >= 0
    else { return -1 }
    return allocatesEarly ? H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY) : 0
  }

  private static func make(_ propertyClass: hid_t, _ set: (hid_t) -> herr_t) -> hid_t {
    let list = H5Pcreate(propertyClass)
    return list >= 0 && set(list) >= 0 ? list : -1
  }
}
