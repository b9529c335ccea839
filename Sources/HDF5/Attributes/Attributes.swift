import CHDF5

/// An object with attributes: a file (for its root group), a group or a dataset.
public protocol AttributeHolder: ~Copyable {
  /// The object in the file that has the attributes.
  var location: Location { get }
}

extension AttributeHolder where Self: ~Copyable {
  /// The names of all attributes, sorted by their bytes.
  ///
  /// - Throws: ``HDF5Error`` with code `.corrupt`, also if a name is not valid UTF-8.
  public func attributeNames() throws -> [String] {
    try withHDF5Lock {
      let location = self.location
      try location.file.checkUsable()
      var names: [String?] = []
      var position: hsize_t = 0
      let status = withUnsafeMutablePointer(to: &names) { names in
        H5Aiterate2(
          location.identifier, H5_INDEX_NAME, H5_ITER_INC, &position,
          { _, name, _, names in
            guard let name, let names else { return -1 }
            names.assumingMemoryBound(to: [String?].self).pointee.append(String(validatingCString: name))
            return 0
          }, names)
      }
      try location.check(status, or: .corrupt, "the attributes cannot be read")
      return try names.map {
        guard let name = $0 else { throw location.error(.corrupt, "the name of an attribute is not valid UTF-8") }
        return name
      }
    }
  }

  /// Whether an attribute with the given name exists.
  ///
  /// - Throws: ``HDF5Error`` with code `.invalidName` or `.corrupt`.
  public func hasAttribute(_ name: String) throws -> Bool {
    try withHDF5Lock { try location.hasAttribute(name) }
  }

  /// The stored type of an attribute's elements, and its extents. A scalar has no extents.
  ///
  /// - Throws: ``HDF5Error`` with code `.noSuchObject`, `.invalidName` or `.corrupt`.
  public func attributeShape(_ name: String) throws -> (datatype: Datatype, dimensions: [Int]) {
    try withHDF5Lock {
      let attribute = try Attribute(opening: name, of: location)
      return (attribute.datatype, attribute.dimensions)
    }
  }
}

extension Location {
  /// Whether an attribute with the given name exists. Call it under the lock.
  func hasAttribute(_ name: String) throws -> Bool {
    try file.checkUsable()
    try checkAttributeName(name)
    let status = H5Aexists(identifier, name)
    guard status >= 0 else { throw failure(.corrupt, "the attributes cannot be read") }
    return status > 0
  }

  /// The error for an attribute that could not be created. The most common reason is that the name is already used.
  fileprivate func attributeCreationFailure(_ name: String) -> HDF5Error {
    let failed = failure(.libraryFailure, "the attribute \"\(name)\" could not be created")
    guard failed.code == .libraryFailure, H5Aexists(identifier, name) > 0 else { return failed }
    return error(.alreadyExists, "already has an attribute \"\(name)\"")
  }

  func checkAttributeName(_ name: String) throws {
    guard !name.isEmpty, !name.contains(byte: 0) else {
      throw error(.invalidName, "the name of an attribute must not be empty or contain a NUL")
    }
  }
}

/// An open attribute. Use it only under the lock.
struct Attribute: ~Copyable {
  let handle: Handle
  let name: String
  let location: Location
  let datatype: Datatype
  let dimensions: [Int]

  /// Opens an attribute.
  ///
  /// - Throws: `.noSuchObject`, `.invalidName`, `.corrupt`, or `.refused` if the extents exceed the size of the file.
  init(opening name: String, of location: Location) throws {
    try location.file.checkUsable()
    try location.checkAttributeName(name)
    let identifier = H5Aopen(location.identifier, name, chdf5_default_properties())
    if identifier < 0 {
      // Most requested attributes exist, so check the existence only after a failure.
      let failed = location.failure(.corrupt, "the attribute \"\(name)\" cannot be opened")
      guard try location.hasAttribute(name) else {
        throw location.error(.noSuchObject, "has no attribute \"\(name)\"")
      }
      throw failed
    }
    let handle = try Handle(
      identifier, of: location.file,
      orThrow: location.failure(.corrupt, "the attribute \"\(name)\" cannot be opened"))
    let type = try Handle(
      H5Aget_type(handle.identifier),
      orThrow: location.failure(.corrupt, "the type of the attribute \"\(name)\" cannot be read"))
    let space = try Handle(
      H5Aget_space(handle.identifier),
      orThrow: location.failure(.corrupt, "the extents of the attribute \"\(name)\" cannot be read"))
    let datatype = Datatype(type.identifier)
    let dimensions = try Dataspace.dimensions(of: space.identifier, for: location)
    try Self.checkPlausible(dimensions, of: datatype, name, location)
    self.handle = handle
    self.name = name
    self.location = location
    self.datatype = datatype
    self.dimensions = dimensions
  }

  /// Refuses an attribute whose extents exceed the size of the file.
  private static func checkPlausible(
    _ dimensions: [Int], of datatype: Datatype, _ name: String, _ location: Location
  ) throws {
    // Attributes are stored uncompressed, so an attribute cannot be larger than its file. For small attributes, do not ask for the
    // size of the file.
    let count = Dataspace.elementCount(of: dimensions) ?? Int.max
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: datatype.byteCount)
    guard overflow || byteCount > 64 << 10 else { return }
    let fileByteCount = try location.file.byteCount()
    guard !overflow, byteCount <= fileByteCount else {
      throw location.error(
        .refused, "the attribute \"\(name)\" declares the extents \(dimensions), which are more than the file holds")
    }
  }

  /// Creates an attribute, which must not exist yet, and writes it from memory in the same type.
  ///
  /// - Throws: `.alreadyExists`, `.invalidName`, `.permissionDenied`, or `.inputOutput`.
  static func write(
    _ name: String, of location: Location, datatype: Datatype, dimensions: [Int], bytes: UnsafeRawBufferPointer
  ) throws {
    let type = try datatype.makeHandle(for: location)
    try write(
      name, of: location, type: type.identifier, memoryType: type.identifier, dimensions: dimensions, bytes: bytes)
  }

  /// Creates an attribute of one library type and writes it from memory in another.
  static func write(
    _ name: String, of location: Location, type: hid_t, memoryType: hid_t, dimensions: [Int],
    bytes: UnsafeRawBufferPointer
  ) throws {
    try location.checkWritable()
    try location.checkAttributeName(name)
    let space = try Dataspace.makeHandle(dimensions, for: location)
    let identifier = H5Acreate2(
      location.identifier, name, type, space.identifier, SharedProperties.attributeCreation, chdf5_default_properties())
    let handle = try Handle(identifier, of: location.file, orThrow: location.attributeCreationFailure(name))
    guard let address = bytes.baseAddress, !bytes.isEmpty else { return }
    try location.check(
      H5Awrite(handle.identifier, memoryType, address), "the attribute \"\(name)\" could not be written")
  }

  /// Replaces all elements, from memory in the same type.
  func overwrite(with bytes: UnsafeRawBufferPointer) throws {
    try location.checkWritable()
    let type = try datatype.makeHandle(for: location)
    guard let address = bytes.baseAddress, !bytes.isEmpty else { return }
    try location.check(
      H5Awrite(handle.identifier, type.identifier, address), "the attribute \"\(name)\" could not be written")
  }

  /// The number of elements.
  var count: Int { Dataspace.elementCount(of: dimensions) ?? Int.max }

  /// Reads the elements into memory as the given type.
  func read(into destination: UnsafeMutableRawPointer, as memoryType: hid_t) throws {
    try location.check(
      H5Aread(handle.identifier, memoryType, destination), or: .corrupt, "the attribute \"\(name)\" cannot be read")
  }
}
