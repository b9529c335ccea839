import CHDF5

extension Dataset {
  /// Writes all or the selected elements, converted to the stored type. The last axis varies fastest.
  ///
  /// - Throws: ``HDF5Error`` with code `.shapeMismatch` if the number of elements differs or the selection is not inside the
  ///   dataset, `.typeMismatch` if the dataset does not hold numbers or a number does not fit, `.permissionDenied` or
  ///   `.inputOutput`. The file is unusable after `.inputOutput`.
  public func write<T: HDF5Number>(_ elements: [T], to selection: Hyperslab? = nil) throws {
    try elements.withUnsafeBufferPointer { try write($0, to: selection) }
  }

  /// Writes all or the selected elements from memory of the caller.
  ///
  /// - Throws: The errors of `write(_:to:)`.
  public func write<T: HDF5Number>(_ source: UnsafeBufferPointer<T>, to selection: Hyperslab? = nil) throws {
    try checkCount(source.count, selection)
    try withHDF5Lock {
      try location.checkWritable()
      guard datatype.isNumeric, !datatype.isBoolean else {
        throw location.error(.typeMismatch, "holds elements of type \(datatype), not numbers")
      }
      guard let address = source.baseAddress, !source.isEmpty else { return }
      try location.checkSigns(UnsafeRawBufferPointer(source), from: T.memoryDatatype, to: datatype)
      let memoryType = try T.memoryDatatype.makeHandle(for: location)
      try location.convertingExactly(from: T.memoryDatatype, to: datatype) { properties in
        try transfer(from: address, as: memoryType.identifier, to: selection, properties: properties)
      }
    }
  }

  /// Writes the bytes of all or the selected elements as they are stored: in the byte order of ``datatype``.
  ///
  /// - Throws: ``HDF5Error`` with code `.shapeMismatch` if the number of bytes differs or the selection is not inside the
  ///   dataset, `.typeMismatch` if the elements are references to bytes elsewhere, `.permissionDenied` or `.inputOutput`.
  public func writeBytes(_ bytes: UnsafeRawBufferPointer, to selection: Hyperslab? = nil) throws {
    try checkByteCount(bytes.count, selection)
    try withHDF5Lock {
      try location.checkWritable()
      let fileType = try fixedSizeType()
      guard let address = bytes.baseAddress, !bytes.isEmpty else { return }
      try transfer(
        from: address, as: fileType.identifier, to: selection, properties: chdf5_default_properties())
    }
  }

  /// Writes the bytes of all or the selected elements as they are stored.
  ///
  /// - Throws: The errors of ``writeBytes(_:to:)-(UnsafeRawBufferPointer,_)``.
  public func writeBytes(_ bytes: [UInt8], to selection: Hyperslab? = nil) throws {
    try bytes.withUnsafeBytes { try writeBytes($0, to: selection) }
  }
}

extension ObjectContainer where Self: ~Copyable {
  /// Creates a dataset of numbers in their little-endian type, and writes them.
  ///
  /// - Throws: The errors of ``createDataset(_:datatype:dimensions:options:)`` and `Dataset.write(_:to:)`.
  @discardableResult
  public func writeDataset<T: HDF5Number>(
    _ path: String, _ elements: [T], dimensions: [Int]? = nil, options: DatasetOptions = DatasetOptions()
  ) throws -> Dataset {
    let dataset = try createDataset(
      path, datatype: T.storedDatatype, dimensions: dimensions ?? [elements.count], options: options)
    try dataset.write(elements)
    return dataset
  }
}
