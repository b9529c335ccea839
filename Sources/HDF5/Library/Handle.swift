import CHDF5

/// Owns one reference to an object of the C library and releases it in `deinit`.
///
/// The library never reuses an identifier, so releasing one that a closed file already took with it does nothing.
struct Handle: ~Copyable, Sendable {
  let identifier: hid_t
  private let file: FileReference?

  /// Takes ownership of an identifier that a C call returned.
  ///
  /// - Parameter file: The file of the object, which keeps a failure to close the object and reports it when the file closes; nil
  ///   for what is not in a file.
  /// - Throws: The given error if the call failed. The error is evaluated at once, while the error stack still tells why.
  init(_ identifier: hid_t, of file: FileReference? = nil, orThrow failure: @autoclosure () -> HDF5Error) throws {
    guard identifier >= 0 else { throw failure() }
    self.identifier = identifier
    self.file = file
  }

  deinit {
    let (identifier, file) = (identifier, file)
    withHDF5Lock {
      guard let file else {
        _ = H5Idec_ref(identifier)
        return
      }
      guard H5Iis_valid(identifier) > 0, H5Idec_ref(identifier) < 0 else { return }
      _ = file.failure(.inputOutput, "an object could not be closed")
    }
  }
}
