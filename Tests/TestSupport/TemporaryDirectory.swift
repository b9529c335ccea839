import Foundation

/// A new directory that is removed, with everything in it, together with the value that made it.
public final class TemporaryDirectory: Sendable {
  /// The path of the directory.
  public let path: String

  /// - Throws: Foundation's error if the directory cannot be created.
  public init() throws {
    path = temporaryPath("swift-bricks")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the directory. The file is written if bytes are given.
  public func file(_ name: String, _ bytes: [UInt8]? = nil) throws -> String {
    let file = "\(path)/\(name)"
    if let bytes { try Data(bytes).write(to: URL(fileURLWithPath: file)) }
    return file
  }

  /// The sorted names in the directory, hidden ones included.
  public var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
}

/// Runs a closure with the path of a new directory, and removes the directory afterwards.
public func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let directory = try TemporaryDirectory()
  return try withExtendedLifetime(directory) { try body(directory.path) }
}

/// Runs a closure with the path of an HDF5 file that does not exist yet, and removes the file afterwards.
public func withTemporaryFile<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = temporaryPath("file.h5")
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

/// A new path in the temporary directory, whose last component ends in a name.
public func temporaryPath(_ name: String) -> String {
  FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)-\(name)").path
}

/// The bytes of a file.
public func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
