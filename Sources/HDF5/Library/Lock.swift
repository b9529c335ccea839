import CHDF5
import Platform

/// Runs a closure while holding the process-wide lock that guards every call of the C library.
///
/// libhdf5 keeps global state that is not safe for concurrent use (nor is it always built thread-safe), so all of this
/// module's calls go through here. The lock is recursive, since a handle may be released inside another call. Nothing that
/// computes, and no closure of a user, may run under it.
func withHDF5Lock<Result: ~Copyable, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  libraryLock.enter()
  defer { libraryLock.leave() }
  return try body()
}

/// The one lock of the process; the library itself is prepared when it is first taken.
private let libraryLock = LibraryLock()

/// A recursive lock that prepares the C library on first entry and keeps it silent on every thread.
private final class LibraryLock: Sendable {
  private let lock = RecursiveLock()
  // Both are read and written only while the lock is held.
  nonisolated(unsafe) private var depth = 0
  nonisolated(unsafe) private var isPrepared = false

  func enter() {
    lock.lock()
    depth += 1
    guard depth == 1 else { return }
    if isPrepared {
      silenceErrorPrinter()
    } else {
      prepareLibrary()
      isPrepared = true
    }
  }

  func leave() {
    depth -= 1
    lock.unlock()
  }

  /// Must run before anything else initializes the library: a library that has failed to write (a full disk) must not try
  /// again, loudly or for ever, while the process exits. Files close in their owners' `deinit` instead.
  private func prepareLibrary() {
    _ = H5dont_atexit()
    silenceErrorPrinter()
    // A file must not decide which shared libraries this process loads.
    _ = H5PLset_loading_state(0)
  }

  /// The printer is a property of the thread's error stack, so each thread that enters has to be silenced; this is cheap
  /// enough to do on every outermost entry.
  private func silenceErrorPrinter() {
    _ = H5Eset_auto2(chdf5_default_error_stack(), nil, nil)
  }
}
