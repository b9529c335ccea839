import CHDF5
import Platform

/// A place inside an open file, common to files, groups and datasets. It does not keep the object open.
public struct Location: Sendable {
  let identifier: hid_t
  let file: FileReference
  /// The path of the object from the root group, beginning with "/".
  public let path: String

  /// The path of an object relative to this location.
  func path(of relativePath: String) -> String {
    path == "/" ? "/" + relativePath : path + "/" + relativePath
  }

  /// An error that this module found.
  func error(
    _ code: HDF5Error.Code, _ message: String, at relativePath: String? = nil, reason: SystemError? = nil
  ) -> HDF5Error {
    HDF5Error(code, message, file: file.path, objectPath: relativePath.map { path(of: $0) } ?? path, reason: reason)
  }

  /// An error that the C library reported. Call it directly after the failed call.
  func failure(_ fallback: HDF5Error.Code, _ message: String, at relativePath: String? = nil) -> HDF5Error {
    file.failure(fallback, message, objectPath: relativePath.map { path(of: $0) } ?? path)
  }

  /// Throws if the C call with this result failed.
  func check(
    _ status: herr_t, or fallback: HDF5Error.Code = .libraryFailure, _ message: @autoclosure () -> String
  ) throws {
    if status < 0 { throw failure(fallback, message()) }
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
    let components = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    for component in components where component.isEmpty || component == "." || component.utf8.contains(0) {
      throw location.error(
        .invalidName, "\"\(path)\" is not a relative path of names: they must not be empty, \".\" or contain a NUL")
    }
    return components
  }
}
