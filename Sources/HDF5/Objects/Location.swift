import CHDF5
import Platform

/// An object in an open file: the root group, a group or a dataset. It does not keep the object open.
public struct Location: Sendable {
  let identifier: hid_t
  let file: FileReference
  /// The path of the object from the root group, beginning with "/".
  public let path: String

  /// The path from the root group, for a path that begins at this location.
  func path(of relativePath: String) -> String {
    path == "/" ? "/" + relativePath : path + "/" + relativePath
  }

  /// Makes an error that this module found.
  func error(
    _ code: HDF5Error.Code, _ message: String, at relativePath: String? = nil, reason: SystemError? = nil
  ) -> HDF5Error {
    HDF5Error(code, message, file: file.path, objectPath: relativePath.map { path(of: $0) } ?? path, reason: reason)
  }

  /// Makes an error that the C library reported. Call it directly after the failed call.
  func failure(_ fallback: HDF5Error.Code, _ message: String, at relativePath: String? = nil) -> HDF5Error {
    file.failure(fallback, message, objectPath: relativePath.map { path(of: $0) } ?? path)
  }

  /// Throws if the C call with this result failed.
  func check(
    _ status: herr_t, or fallback: HDF5Error.Code = .libraryFailure, _ message: @autoclosure () -> String
  ) throws {
    if status < 0 { throw failure(fallback, message()) }
  }

  /// Calls a closure with the checked structure of the file. Call it under the lock.
  ///
  /// - Parameter relativePath: The path from this location; nil for the object at this location.
  /// - Returns: nil for a file that this process writes. The library examines such a file.
  func examine<Answer>(
    _ relativePath: String?, _ body: (FileStructure, String) throws(StructureError) -> Answer
  ) throws -> Answer? {
    let path = relativePath.map { self.path(of: $0) } ?? path
    return try file.examine(path) { structure throws(StructureError) in try body(structure, path) }
  }

  /// Opens an object of a foreign file by its address, after its structure was checked. Call it under the lock.
  ///
  /// - Returns: The identifier of the library, negative after a failure; nil for a file that this process writes.
  func openChecked(_ relativePath: String) throws -> hid_t? {
    let address = try examine(relativePath) { structure, path throws(StructureError) in
      try structure.checkedAddress(path)
    }
    guard let address else { return nil }
    guard let address else { throw error(.noSuchObject, "there is no such object", at: relativePath) }
    return H5Oopen_by_addr(file.identifier, haddr_t(address))
  }

  /// The kind of an object at a path of hard links; nil if this module does not know the kind. Call it under the lock.
  func kind(_ relativePath: String) throws -> ObjectKind? {
    if let kind = try examine(relativePath, { structure, path throws(StructureError) in try structure.kind(path) }) {
      return kind
    }
    let type = chdf5_object_type(identifier, relativePath)
    guard type != H5O_TYPE_UNKNOWN else { throw failure(.corrupt, "the object cannot be examined", at: relativePath) }
    return ObjectKind(type)
  }

  func checkWritable() throws {
    try file.checkUsable()
    guard file.isWritable else {
      throw error(.permissionDenied, "the file was opened for reading only")
    }
  }
}

/// Names of links, and the paths that consist of them.
enum LinkPath {
  /// Splits a relative path such as `"parameters/mlp/W"` into the names of its links.
  ///
  /// - Throws: `.invalidName` if a name is empty, "." or contains a NUL.
  static func components(of path: String, at location: Location) throws -> [String] {
    let components = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
    for component in components where component.isEmpty || component == "." || component.contains(byte: 0) {
      throw location.error(
        .invalidName,
        "\"\(path)\" is not a valid relative path: no name in it may be empty, be \".\", or contain a NUL")
    }
    return components
  }
}
