import CHDF5

/// The owner of one reference to an object of the C library. `deinit` releases the reference.
///
/// The library never reuses an identifier. If closing the file already released the identifier, releasing it again has no effect.
struct Handle: ~Copyable, Sendable {
  let identifier: hid_t
  private let file: FileReference?

  /// Takes ownership of an identifier that a C call returned.
  ///
  /// - Parameter file: The file of the object; nil if the object is not in a file. The file keeps a failure to close the object
  ///   and reports it when the file closes.
  /// - Throws: The given error if the call failed. The error is created immediately, while the error stack still holds the reason.
  init(_ identifier: hid_t, of file: FileReference? = nil, orThrow failure: @autoclosure () -> HDF5Error) throws {
    guard identifier >= 0 else { throw failure() }
    self.identifier = identifier
    self.file = file
  }

  /// Takes another reference to an identifier that exists as long as the process. Call it under the lock.
  init(sharing identifier: hid_t, for location: Location) throws {
    try self.init(
      H5Iinc_ref(identifier) >= 0 ? identifier : -1,
      orThrow: location.failure(.libraryFailure, "the library could not make a type, an extent or a property list"))
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
