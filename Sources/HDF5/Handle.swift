import CHDF5

/// Owns one reference to an object of the C library and releases it in `deinit`.
///
/// The library never reuses an identifier, so releasing one that a closed file already took with it does nothing.
struct Handle: ~Copyable, Sendable {
  let identifier: hid_t

  /// Takes ownership of an identifier a C call returned.
  ///
  /// - Throws: The given error where the call failed. It is evaluated at once, while the error stack still tells why.
  init(_ identifier: hid_t, orThrow failure: @autoclosure () -> HDF5Error) throws {
    guard identifier >= 0 else { throw failure() }
    self.identifier = identifier
  }

  deinit {
    let identifier = identifier
    withHDF5Lock { _ = H5Idec_ref(identifier) }
  }
}
