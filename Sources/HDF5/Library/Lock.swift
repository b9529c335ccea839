import CHDF5
import Platform

/// Runs a closure while holding the process-wide lock that guards every call of the C library.
///
/// libhdf5 has global state, and is not always built for use on several threads. So every call of the library in this module holds
/// this lock. The lock is recursive, because a handle may be released inside another call. Do not run long computations or closures
/// of users under the lock.
func withHDF5Lock<Result: ~Copyable, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  libraryLock.enter()
  defer { libraryLock.leave() }
  return try body()
}

/// The lock of the process. The library is prepared when the lock is first taken.
private let libraryLock = LibraryLock()

/// A recursive lock that prepares the C library when it is first taken, and silences the library on every thread.
private final class LibraryLock: Sendable {
  private let lock = RecursiveLock()
  // These properties are used only while the lock is held.
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

  /// Call this before the library is initialized. If the library failed to write, for example because of a full disk, it must not
  /// try again while the process exits. The owners of files close them in `deinit`.
  private func prepareLibrary() {
    _ = H5dont_atexit()
    silenceErrorPrinter()
    // A file must not choose shared libraries for this process to load.
    _ = H5PLset_loading_state(0)
  }

  /// Each thread has its own error stack that prints errors, so printing has to be turned off on each thread. This takes little
  /// time.
  private func silenceErrorPrinter() {
    _ = H5Eset_auto2(chdf5_default_error_stack(), nil, nil)
  }
}
