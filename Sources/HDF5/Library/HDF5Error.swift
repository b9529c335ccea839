import Platform

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
  /// The operating system's reason, if it refused a call.
  package let reason: SystemError?

  /// The operating system's error number; nil if it did not refuse a call.
  public var systemErrorNumber: Int32? { reason?.number }

  init(
    _ code: Code, _ message: String, file: String, objectPath: String? = nil, stack: [StackEntry] = [],
    reason: SystemError? = nil
  ) {
    self.code = code
    self.message = message
    self.file = file
    self.objectPath = objectPath
    self.stack = stack
    self.reason = reason
  }

  /// The message with the reason for it: the operating system's, or else the innermost one that the C library gave.
  public var explanation: String {
    // The library's own text for a refused call has the time and addresses of memory in it.
    if let reason { return "\(message): \(reason.explanation)" }
    guard let text = stack.first?.text, !text.isEmpty else { return message }
    return "\(message) (\(text))"
  }

  /// The file, the object, and the explanation.
  public var description: String { "\(file): \(objectPath.map { "\($0): " } ?? "")\(explanation)" }
}
