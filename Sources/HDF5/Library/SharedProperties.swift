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

  private static func make(_ propertyClass: hid_t, _ set: (hid_t) -> herr_t) -> hid_t {
    let list = H5Pcreate(propertyClass)
    return list >= 0 && set(list) >= 0 ? list : -1
  }
}
