import CHDF5

extension Dataset {
  /// Reads elements into memory as the given type. Call under the lock, with room for the selection.
  func transfer(
    into destination: UnsafeMutableRawPointer, as memoryType: hid_t, from selection: Hyperslab?, properties: hid_t
  ) throws {
    try withSpaces(selection) { memorySpace, fileSpace in
      try location.check(
        H5Dread(handle.identifier, memoryType, memorySpace, fileSpace, properties, destination), or: .corrupt,
        "the elements cannot be read")
    }
  }

  /// Writes elements from memory. Call under the lock.
  func transfer(
    from source: UnsafeRawPointer, as memoryType: hid_t, to selection: Hyperslab?, properties: hid_t
  ) throws {
    try withSpaces(selection) { memorySpace, fileSpace in
      try location.check(
        H5Dwrite(handle.identifier, memoryType, memorySpace, fileSpace, properties, source),
        "the elements cannot be written")
    }
  }

  /// The dataspaces of a transfer. The one in memory has the rank of the dataset: for chunks the library is far slower where
  /// ranks differ.
  private func withSpaces(_ selection: Hyperslab?, _ body: (hid_t, hid_t) throws -> Void) throws {
    guard let selection, !dimensions.isEmpty else {
      return try body(chdf5_whole_dataspace(), chdf5_whole_dataspace())
    }
    let fileSpace = try Handle(
      H5Dget_space(handle.identifier), orThrow: location.failure(.corrupt, "the dataset's extents cannot be read"))
    try selection.select(in: fileSpace.identifier, at: location)
    let memorySpace = try Dataspace.makeHandle(selection.count, for: location)
    try body(memorySpace.identifier, fileSpace.identifier)
  }

  /// Runs a transfer of numbers; where they become integers of another type, one that does not fit is an error (the library
  /// alone would store the nearest integer that does). Call under the lock.
  func convertingExactly(
    from source: Datatype, to destination: Datatype, _ transfer: (_ properties: hid_t) throws -> Void
  ) throws {
    guard case .integer = destination, !destination.holdsAllValues(of: source) else {
      return try transfer(chdf5_default_properties())
    }
    let properties = try Handle(
      H5Pcreate(chdf5_class_dataset_transfer()), orThrow: location.failure(.libraryFailure, "no property list"))
    var hasMisfit = false
    try withUnsafeMutablePointer(to: &hasMisfit) { hasMisfit in
      let status = H5Pset_type_conv_cb(
        properties.identifier,
        { _, _, _, _, _, hasMisfit in
          hasMisfit?.storeBytes(of: true, as: Bool.self)
          return H5T_CONV_ABORT
        }, hasMisfit)
      try location.check(status, "could not watch the conversion")
      do {
        try transfer(properties.identifier)
      } catch {
        guard hasMisfit.pointee else { throw error }
        throw location.error(.typeMismatch, "holds a value of type \(source) that type \(destination) cannot represent")
      }
    }
  }
}

extension Dataset {
  /// Throws where integers lost their sign between types of one size, one signed and one not. The library notices this itself,
  /// except when the byte order changes too: then it only turns the bytes around.
  func checkSigns(_ elements: UnsafeRawBufferPointer, from source: Datatype, to destination: Datatype) throws {
    guard case .integer(let size, let isSigned, _) = source,
      case .integer(size, let becomesSigned, _) = destination, isSigned != becomesSigned
    else { return }
    let highestByte = Datatype.ByteOrder.host == .littleEndian ? size - 1 : 0
    for offset in stride(from: highestByte, to: elements.count, by: size) where elements[offset] & 0x80 != 0 {
      throw location.error(.typeMismatch, "holds a value of type \(source) that type \(destination) cannot represent")
    }
  }
}

extension Datatype {
  /// Whether every value of an integer type is one of this integer type.
  fileprivate func holdsAllValues(of other: Datatype) -> Bool {
    guard case .integer(let size, let isSigned, _) = self,
      case .integer(let otherSize, let otherIsSigned, _) = other
    else { return false }
    return isSigned == otherIsSigned ? size >= otherSize : isSigned && size > otherSize
  }
}
