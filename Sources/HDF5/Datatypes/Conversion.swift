import CHDF5

extension Location {
  /// Runs a transfer of numbers. An integer that does not fit the destination type is an error, although the library itself
  /// would store the nearest integer that fits. Call it under the lock.
  func convertingExactly(
    from source: Datatype, to destination: Datatype, _ transfer: (_ properties: hid_t) throws -> Void
  ) throws {
    guard case .integer = destination, !destination.holdsAllValues(of: source) else {
      return try transfer(chdf5_default_properties())
    }
    let properties = try Handle(
      H5Pcreate(chdf5_class_dataset_transfer()), orThrow: failure(.libraryFailure, "no property list"))
    var hasMisfit = false
    try withUnsafeMutablePointer(to: &hasMisfit) { hasMisfit in
      let status = H5Pset_type_conv_cb(
        properties.identifier,
        { _, _, _, _, _, hasMisfit in
          hasMisfit?.storeBytes(of: true, as: Bool.self)
          return H5T_CONV_ABORT
        }, hasMisfit)
      try check(status, "could not watch the conversion")
      do {
        try transfer(properties.identifier)
      } catch let failed {
        guard hasMisfit.pointee else { throw failed }
        throw error(.typeMismatch, "holds a value of type \(source) that type \(destination) cannot represent")
      }
    }
  }

  /// Throws if integers changed their sign between a signed and an unsigned type of the same size. The library notices this itself,
  /// except when the byte order changes, too: then it only reverses the bytes.
  func checkSigns(_ elements: UnsafeRawBufferPointer, from source: Datatype, to destination: Datatype) throws {
    guard case .integer(let size, let isSigned, _) = source,
      case .integer(size, let becomesSigned, _) = destination, isSigned != becomesSigned
    else { return }
    let highestByte = Datatype.ByteOrder.host == .littleEndian ? size - 1 : 0
    for offset in stride(from: highestByte, to: elements.count, by: size) where elements[offset] & 0x80 != 0 {
      throw error(.typeMismatch, "holds a value of type \(source) that type \(destination) cannot represent")
    }
  }
}

extension Location {
  /// Throws if an element stored as a boolean is neither 0 nor 1.
  func checkBooleans<Number: HDF5Number>(_ elements: UnsafeBufferPointer<Number>, from source: Datatype) throws {
    guard !source.isBoolean || elements.allSatisfy(\.isZeroOrOne) else {
      throw error(.corrupt, "holds a boolean that is neither 0 nor 1")
    }
  }
}

extension Datatype {
  /// Whether this integer type can represent every value of another integer type.
  fileprivate func holdsAllValues(of other: Datatype) -> Bool {
    if other.isBoolean { return true }
    guard case .integer(let size, let isSigned, _) = self,
      case .integer(let otherSize, let otherIsSigned, _) = other
    else { return false }
    return isSigned == otherIsSigned ? size >= otherSize : isSigned && size > otherSize
  }
}
