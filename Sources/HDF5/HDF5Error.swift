#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What went wrong with an HDF5 file, and where.
public struct HDF5Error: Error, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// There is no file of this name.
    case notFound
    /// The file is not a regular file that begins as HDF5 files do.
    case notHDF5
    /// The file ends before its contents do.
    case truncated
    /// The file could not be created.
    case cannotCreate
    /// The system does not allow the access, or another process holds the file.
    case permissionDenied
    /// Reading, writing, flushing or closing failed in the system, for example on a full disk.
    case inputOutput
    /// There is no object, link or attribute of this name.
    case noSuchObject
    /// There already is a file, object or attribute of this name.
    case alreadyExists
    /// A name that no link or attribute can have.
    case invalidName
    /// The stored type, or the kind of object, is not the one asked for, or a value does not fit it.
    case typeMismatch
    /// Counts, extents or selections that do not fit together.
    case shapeMismatch
    /// Something this module does not follow on purpose: links and storage outside the file, missing filters, shapes far
    /// beyond what is stored.
    case refused
    /// The file contradicts itself.
    case corrupt
    /// The C library failed for another reason.
    case libraryFailure
  }

  /// One entry of the C library's error stack.
  public struct StackEntry: Hashable, Sendable {
    /// The C function that reported it.
    public let function: String
    /// The part of the library, in its words.
    public let major: String
    /// The kind of failure, in its words.
    public let minor: String
    /// What the function was doing.
    public let text: String
  }

  /// The kind of failure.
  public let code: Code
  /// What happened and what to do, in a sentence without a final period.
  public let message: String
  /// The path of the file.
  public let file: String
  /// The path of the object inside the file, where one is concerned.
  public let objectPath: String?
  /// The C library's own account, innermost reason first; empty where this module found the fault itself.
  public let stack: [StackEntry]
  /// The system's error number, where known.
  public let systemErrorNumber: Int32?

  init(
    _ code: Code, _ message: String, file: String, objectPath: String? = nil, stack: [StackEntry] = [],
    systemErrorNumber: Int32? = nil
  ) {
    self.code = code
    self.message = message
    self.file = file
    self.objectPath = objectPath
    self.stack = stack
    self.systemErrorNumber = systemErrorNumber
  }

  /// The file, the object, the message, and the system's reason or the innermost one the C library gave.
  public var description: String {
    var text = file
    if let objectPath { text += ": \(objectPath)" }
    text += ": \(message)"
    if let systemErrorNumber, systemErrorNumber != 0, let reason = strerror(systemErrorNumber) {
      // The library's own text has the time and addresses of memory in it.
      text += " (\(String(cString: reason)))"
    } else if let reason = stack.first?.text, !reason.isEmpty {
      text += " (\(reason))"
    }
    return text
  }
}
