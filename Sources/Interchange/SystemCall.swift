import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Calls the operating system, again where a signal interrupted the call.
///
/// - Returns: what the call returned, with the error number where that is negative.
func repeatingInterrupted<Result: SignedInteger>(_ call: () -> Result) -> (result: Result, errorNumber: Int32) {
  while true {
    let result = call()
    let errorNumber = result < 0 ? errno : 0
    if result >= 0 || errorNumber != EINTR { return (result, errorNumber) }
  }
}

/// The operating system's words for an error number.
func describingError(_ errorNumber: Int32) -> String { String(cString: strerror(errorNumber)) }

/// `write` by a name that a method called `write` does not hide.
func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}

/// Asks for memory whose size a file claims.
///
/// - Throws: `InterchangeError` with code `.inputOutput` where this machine cannot provide it.
func requireMemory(_ byteCount: Int, path: String) throws(InterchangeError) {
  guard Memory.canProvide(byteCount: byteCount) else {
    throw InterchangeError(.inputOutput, "this machine has no memory for the \(byteCount) bytes to be read", path: path)
  }
}
