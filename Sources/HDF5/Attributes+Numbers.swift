import CHDF5

extension AttributeHolder where Self: ~Copyable {
  /// The number in an attribute with one element, converted to a Swift number.
  ///
  /// - Throws: ``HDF5Error`` as for ``numbers(inAttribute:as:)``, and `.shapeMismatch` where there is not exactly one element.
  public func number<T: HDF5Number>(inAttribute name: String, as type: T.Type = T.self) throws -> T {
    let numbers = try numbers(inAttribute: name, as: T.self)
    guard numbers.count == 1 else {
      throw location.error(.shapeMismatch, "the attribute \"\(name)\" has \(numbers.count) elements, not one")
    }
    return numbers[0]
  }

  /// The numbers in an attribute, the last axis fastest, converted to a Swift number.
  ///
  /// An integer that does not fit a smaller type becomes the nearest one that does.
  /// - Throws: ``HDF5Error`` with code `.noSuchObject`, `.invalidName`, `.typeMismatch` where the elements are not numbers, or
  ///   are floating-point numbers and integers are asked for, `.refused` or `.corrupt`.
  public func numbers<T: HDF5Number>(inAttribute name: String, as type: T.Type = T.self) throws -> [T] {
    try withHDF5Lock {
      let attribute = try Attribute(opening: name, of: location)
      guard attribute.datatype.isNumeric, !attribute.datatype.isFloat || T.memoryDatatype.isFloat else {
        throw location.error(
          .typeMismatch,
          "the attribute \"\(name)\" is of type \(attribute.datatype), which does not convert to \(T.self)")
      }
      let count = attribute.count
      guard count > 0 else { return [] }
      let memoryType = try T.memoryDatatype.makeHandle(for: location)
      return try [T](unsafeUninitializedCapacity: count) { elements, initializedCount in
        try attribute.read(into: elements.baseAddress!, as: memoryType.identifier)
        initializedCount = count
      }
    }
  }

  /// Creates an attribute with one number, in its little-endian type.
  ///
  /// - Throws: ``HDF5Error`` with code `.alreadyExists`, `.invalidName`, `.permissionDenied` or `.inputOutput`.
  public func setAttribute<T: HDF5Number>(_ name: String, to number: T) throws {
    try writeAttribute(name, [number], dimensions: [])
  }

  /// Creates an attribute with one axis of numbers, in their little-endian type.
  ///
  /// - Throws: As for one number.
  public func setAttribute<T: HDF5Number>(_ name: String, to numbers: [T]) throws {
    try writeAttribute(name, numbers, dimensions: [numbers.count])
  }

  private func writeAttribute<T: HDF5Number>(_ name: String, _ numbers: [T], dimensions: [Int]) throws {
    try withHDF5Lock {
      let location = self.location
      // Written in the stored type: on a big-endian machine, attributes would need a conversion here.
      precondition(Datatype.ByteOrder.host == .littleEndian, "attributes are written on little-endian machines only")
      try numbers.withUnsafeBytes {
        try Attribute.write(name, of: location, datatype: T.storedDatatype, dimensions: dimensions, bytes: $0)
      }
    }
  }
}

extension Datatype {
  fileprivate var isFloat: Bool {
    if case .float = self { true } else { false }
  }
}
