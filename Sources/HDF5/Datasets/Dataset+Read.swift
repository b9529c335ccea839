import CHDF5

extension Dataset {
  /// All elements, converted to a Swift number. The last axis varies fastest.
  ///
  /// Floating-point results are rounded. Integer results must be exact.
  /// - Throws: ``HDF5Error`` with code `.typeMismatch` if the elements are not numbers or a number does not fit, `.refused` if
  ///   the extents are too large for the stored bytes, `.corrupt` or `.inputOutput`.
  public func read<T: HDF5Number>(as type: T.Type = T.self) throws -> [T] {
    try readArray(count, selection: nil)
  }

  /// The selected elements, converted to a Swift number. The last axis varies fastest.
  ///
  /// - Throws: The errors of ``read(as:)``, and `.shapeMismatch` if the selection is not inside the dataset.
  public func read<T: HDF5Number>(as type: T.Type = T.self, from selection: Hyperslab) throws -> [T] {
    try readArray(selection.elementCount(in: dimensions, at: location), selection: selection)
  }

  /// The element of a scalar dataset, or of a dataset with a single element.
  ///
  /// - Throws: The errors of ``read(as:)``, and `.shapeMismatch` unless there is exactly one element.
  public func readScalar<T: HDF5Number>(as type: T.Type = T.self) throws -> T {
    guard count == 1 else {
      throw location.error(.shapeMismatch, "has \(count) elements, not one")
    }
    return try readArray(1, selection: nil)[0]
  }

  /// Reads all or the selected elements into memory of the caller.
  ///
  /// - Throws: The errors of ``read(as:from:)``, and `.shapeMismatch` unless the buffer has exactly the size of the elements.
  public func read<T: HDF5Number>(
    into destination: UnsafeMutableBufferPointer<T>, from selection: Hyperslab? = nil
  ) throws {
    try checkCount(destination.count, selection)
    try withHDF5Lock {
      try checkReadable(selection)
      guard datatype.isNumeric else {
        throw location.error(.typeMismatch, "holds elements of type \(datatype), not numbers")
      }
      guard let address = destination.baseAddress, !destination.isEmpty else { return }
      let memoryType = try T.memoryDatatype.makeHandle(for: location)
      try location.convertingExactly(from: datatype, to: T.memoryDatatype) { properties in
        try transfer(into: address, as: memoryType.identifier, from: selection, properties: properties)
      }
      try location.checkSigns(UnsafeRawBufferPointer(destination), from: datatype, to: T.memoryDatatype)
      try location.checkBooleans(UnsafeBufferPointer(destination), from: datatype)
    }
  }

  /// The bytes of all elements as stored: in the byte order of ``datatype``, with the last axis varying fastest.
  ///
  /// - Throws: ``HDF5Error`` as for ``readBytes(into:from:)``.
  public func readBytes() throws -> [UInt8] {
    // Refuses the read before memory is allocated.
    try withHDF5Lock { try checkReadable(nil) }
    return try [UInt8](unsafeUninitializedCapacity: count * datatype.byteCount) { bytes, initializedCount in
      try readBytes(
        into: UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(bytes)[..<(count * datatype.byteCount)]))
      initializedCount = count * datatype.byteCount
    }
  }

  /// Reads the bytes of all or the selected elements without conversion.
  ///
  /// - Throws: ``HDF5Error`` with code `.typeMismatch` if the elements are references to bytes elsewhere (for example text of
  ///   variable length), `.shapeMismatch` if the buffer does not have exactly the size of the elements or the selection is not
  ///   inside the dataset, `.refused` if the extents are too large for the stored bytes, `.corrupt` or `.inputOutput`.
  public func readBytes(into destination: UnsafeMutableRawBufferPointer, from selection: Hyperslab? = nil) throws {
    try checkByteCount(destination.count, selection)
    try withHDF5Lock {
      try checkReadable(selection)
      let fileType = try fixedSizeType()
      guard let address = destination.baseAddress, !destination.isEmpty else { return }
      try transfer(
        into: address, as: fileType.identifier, from: selection, properties: chdf5_default_properties())
    }
  }

  private func readArray<T: HDF5Number>(_ count: Int, selection: Hyperslab?) throws -> [T] {
    try withHDF5Lock { try checkReadable(selection) }
    guard count <= Int.max / MemoryLayout<T>.stride else {
      throw location.error(.refused, "\(count) elements are more than memory can hold")
    }
    return try [T](unsafeUninitializedCapacity: count) { elements, initializedCount in
      try read(into: UnsafeMutableBufferPointer(rebasing: elements[..<count]), from: selection)
      initializedCount = count
    }
  }
}

extension Dataset {
  /// Throws unless the buffer holds exactly the elements of a selection.
  func checkCount(_ count: Int, _ selection: Hyperslab?) throws {
    let expected = try selection?.elementCount(in: dimensions, at: location) ?? self.count
    guard count == expected else {
      throw location.error(.shapeMismatch, "\(count) elements were given, but \(expected) are needed")
    }
  }

  /// Throws unless the buffer holds exactly the bytes of the elements of a selection.
  func checkByteCount(_ byteCount: Int, _ selection: Hyperslab?) throws {
    let expected = try selection?.elementCount(in: dimensions, at: location) ?? count
    let (expectedBytes, overflow) = expected.multipliedReportingOverflow(by: datatype.byteCount)
    guard !overflow, byteCount == expectedBytes else {
      throw location.error(
        .shapeMismatch, "\(byteCount) bytes were given for \(expected) elements of \(datatype.byteCount) bytes")
    }
  }

  /// The stored type. Throws unless each element contains all of its bytes. Call it under the lock.
  func fixedSizeType() throws -> Handle {
    let type = try Handle(
      H5Dget_type(handle.identifier), orThrow: location.failure(.corrupt, "the dataset's type cannot be read"))
    var isFixed = true
    if case .variableString = datatype { isFixed = false }
    if case .other = datatype {
      isFixed = [H5T_VLEN, H5T_REFERENCE, H5T_STRING].allSatisfy { typeClass in
        // Text of fixed length in a compound could be read, but the check does not distinguish it from text of variable length,
        // whose bytes are pointers.
        H5Tdetect_class(type.identifier, typeClass) == 0
      }
    }
    guard isFixed else {
      throw location.error(.typeMismatch, "holds elements of type \(datatype), whose bytes are elsewhere in the file")
    }
    return type
  }
}
