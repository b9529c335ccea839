import Platform

/// An error about an HDF5 file, or about an object in it.
public struct HDF5Error: Error, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// There is no file of this name.
    case notFound
    /// The file is not a regular file, or does not have the signature of HDF5.
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
    /// The name is not valid for a link or an attribute.
    case invalidName
    /// The stored type or the kind of object is not the requested one, or a value does not fit the type.
    case typeMismatch
    /// Counts, extents or selections do not fit together.
    case shapeMismatch
    /// A part of the file that this module refuses to follow for safety.
    ///
    /// Examples are links or storage outside the file, missing filters, and shapes that are far too large for the stored bytes.
    case refused
    /// The file contradicts itself.
    case corrupt
    /// The C library failed for another reason.
    case libraryFailure
  }

  /// One entry of the C library's error stack.
  public struct StackEntry: Hashable, Sendable {
    /// The C function that reported the failure.
    public let function: String
    /// The library's name for the part of the library that failed.
    public let major: String
    /// The library's name for the kind of failure.
    public let minor: String
    /// The function's own description of the failure.
    public let text: String
  }

  /// The kind of failure.
  public let code: Code
  /// The problem and the remedy, in a sentence without a final period.
  public let message: String
  /// The path of the file.
  public let file: String
  /// The path of the object inside the file; nil if the error concerns the whole file.
  public let objectPath: String?
  /// The C library's error stack, innermost reason first. It is empty if this module found the fault itself.
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

  /// Whether locking failed because the file system does not support locks. In that case, no other program can hold one.
  var isLockUnavailable: Bool {
    stack.contains { $0.text.hasPrefix("unable to lock") } && ![nil, EAGAIN, EACCES].contains(systemErrorNumber)
  }

  /// The message and its reason: the reason of the operating system, or else the innermost reason of the C library.
  public var explanation: String {
    // If the system refused a call, do not use the library's own text, which contains the time and memory addresses.
    if let reason { return "\(message): \(reason.explanation)" }
    guard let text = stack.first?.text, !text.isEmpty else { return message }
    return "\(message) (\(text))"
  }

  /// The file, the object, and the explanation.
  public var description: String { "\(file): \(objectPath.map { "\($0): " } ?? "")\(explanation)" }
}

extension HDF5Error: FileNamingError {
  package var namedFile: String { file }
  package func naming(_ path: String) -> HDF5Error {
    HDF5Error(code, message, file: path, objectPath: objectPath, stack: stack, reason: reason)
  }
}
