import CHDF5

extension AttributeHolder where Self: ~Copyable {
  /// The number in an attribute with one element, converted to a Swift type.
  ///
  /// - Throws: ``HDF5Error`` as for ``numbers(inAttribute:as:)``, and `.shapeMismatch` if there is not exactly one element.
  public func number<T: HDF5Number>(inAttribute name: String, as type: T.Type = T.self) throws -> T {
    let numbers = try numbers(inAttribute: name, as: T.self)
    guard numbers.count == 1 else {
      throw location.error(.shapeMismatch, "the attribute \"\(name)\" has \(numbers.count) elements, not one")
    }
    return numbers[0]
  }

  /// The numbers in an attribute, converted to a Swift type. The last axis varies fastest.
  ///
  /// Floating-point results are rounded. Integer results must be exact.
  /// - Throws: ``HDF5Error`` with code `.noSuchObject`, `.invalidName`, `.typeMismatch` if the elements are not numbers or a
  ///   number does not fit, `.refused` or `.corrupt`.
  public func numbers<T: HDF5Number>(inAttribute name: String, as type: T.Type = T.self) throws -> [T] {
    try withHDF5Lock {
      let attribute = try Attribute(opening: name, of: location)
      guard attribute.datatype.isNumeric else {
        throw location.error(
          .typeMismatch, "the attribute \"\(name)\" is of type \(attribute.datatype), not a number")
      }
      return try attribute.numbers()
    }
  }

  /// Creates an attribute with one number, stored in little-endian byte order.
  ///
  /// - Throws: ``HDF5Error`` with code `.alreadyExists`, `.invalidName`, `.permissionDenied` or `.inputOutput`.
  public func setAttribute<T: HDF5Number>(_ name: String, to number: T) throws {
    try writeAttribute(name, [number], dimensions: [])
  }

  /// Creates an attribute with one axis of numbers, stored in little-endian byte order.
  ///
  /// - Throws: The errors of `setAttribute(_:to:)` for one number.
  public func setAttribute<T: HDF5Number>(_ name: String, to numbers: [T]) throws {
    try writeAttribute(name, numbers, dimensions: [numbers.count])
  }

  private func writeAttribute<T: HDF5Number>(_ name: String, _ numbers: [T], dimensions: [Int]) throws {
    try withHDF5Lock {
      let location = self.location
      let type = try T.storedDatatype.makeHandle(for: location)
      let memoryType = try T.memoryDatatype.makeHandle(for: location)
      try numbers.withUnsafeBytes {
        try Attribute.write(
          name, of: location, type: type.identifier, memoryType: memoryType.identifier, dimensions: dimensions,
          bytes: $0)
      }
    }
  }
}

extension Attribute {
  /// The elements, converted in place. The library cannot do this: when it reads an attribute, it cannot report numbers that do
  /// not fit.
  fileprivate func numbers<T: HDF5Number>() throws -> [T] {
    let count = count
    guard count > 0 else { return [] }
    let storedType = try Handle(
      H5Aget_type(handle.identifier), orThrow: location.failure(.corrupt, "the type of the attribute cannot be read"))
    let memoryType = try T.memoryDatatype.makeHandle(for: location)
    let byteCount = count * max(datatype.byteCount, MemoryLayout<T>.size)
    return try withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) { bytes in
      // The extents were checked against the size of the file, so this memory is small.
      let address = bytes.baseAddress!
      try read(into: address, as: storedType.identifier)
      try location.convertingExactly(from: datatype, to: T.memoryDatatype) { properties in
        try location.check(
          H5Tconvert(storedType.identifier, memoryType.identifier, count, address, nil, properties), or: .corrupt,
          "the attribute \"\(name)\" cannot be converted")
      }
      let numbers = Array(UnsafeBufferPointer(start: address.assumingMemoryBound(to: T.self), count: count))
      try numbers.withUnsafeBytes { try location.checkSigns($0, from: datatype, to: T.memoryDatatype) }
      try numbers.withUnsafeBufferPointer { try location.checkBooleans($0, from: datatype) }
      return numbers
    }
  }
}
