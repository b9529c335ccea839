/// The reason why a call to the operating system failed.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The system's error number, such as `ENOSPC`.
  package let number: Int32

  /// Creates the reason with the given error number.
  package init(number: Int32) { self.number = number }

  /// The reason of the last failed call on this thread.
  package static var last: SystemError { SystemError(number: errno) }

  /// The system's words for the reason, such as "No space left on device".
  package var description: String { String(cString: strerror(number)) }

  /// The advice to the user as an imperative; nil if there is no advice for the reason.
  package var advice: String? {
    switch number {
    case ENOSPC, EDQUOT: "free some space, or write to another disk"
    case EFBIG: "raise the limit on the size of files (ulimit -f)"
    case EMFILE, ENFILE: "close some files, or raise the limit on open files (ulimit -n)"
    case EACCES, EPERM: "check the permissions"
    case EROFS: "write to a folder that is not read-only"
    case ENAMETOOLONG: "choose a shorter name"
    case EIO: "check the disk, or write to another one"
    case ENOMEM: "free some memory"
    default: nil
    }
  }

  /// The reason and the advice, if there is one: "No space left on device; free some space, or write to another disk".
  package var explanation: String { advice.map { "\(self); \($0)" } ?? description }
}

/// Makes a call to the operating system, and repeats it if a signal interrupted it.
///
/// - Returns: The result of the call, which is not negative.
package func systemCall<Result: SignedInteger>(_ call: () -> Result) throws(SystemError) -> Result {
  while true {
    let result = call()
    if result >= 0 { return result }
    let error = SystemError.last
    guard error.number == EINTR else { throw error }
  }
}
