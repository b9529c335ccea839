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

/// Asks for memory whose size a file claims: Swift's arrays trap where it is refused.
///
/// - Throws: `InterchangeError` with code `.inputOutput` where this machine cannot provide it.
func requireMemory(_ byteCount: Int, path: String) throws(InterchangeError) {
  // Smaller claims are not worth a system call.
  guard byteCount > 1 << 28 else { return }
  // The pages are never touched, and unlike malloc and free the compiler cannot take the pair away.
  guard let probe = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
    probe != MAP_FAILED
  else {
    throw InterchangeError(.inputOutput, "this machine has no memory for the \(byteCount) bytes to be read", path: path)
  }
  munmap(probe, byteCount)
}
