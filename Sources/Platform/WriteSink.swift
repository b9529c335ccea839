extension Descriptor {
  /// A descriptor that accepts and discards all writes; nil if the system cannot open one.
  ///
  /// - Parameter anonymousFile: Opens an anonymous file in memory, or returns a negative number.
  package static func sink(anonymousFile: () -> Int32) -> Descriptor? {
    var limit = rlimit()
    // A limit on the size of files also applies to anonymous files. The null device accepts writes, but cannot be truncated.
    if getrlimit(fileSizeResource, &limit) == 0, limit.rlim_cur == rlim_t.max {
      let number = anonymousFile()
      if number >= 0 { return Descriptor(owning: number) }
    }
    return try? Descriptor(opening: "/dev/null", O_RDWR)
  }

  /// Redirects another descriptor number of this process to this descriptor's file.
  package func take(over number: Int32) { _ = dup2(self.number, number) }

  /// Makes sure that programs started by this process do not inherit an open file.
  package static func closeOnExecution(_ number: Int32) { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }

  /// Whether a number leads to an open file of this process.
  package static func isOpen(_ number: Int32) -> Bool { fcntl(number, F_GETFD) >= 0 }

  /// Releases the lock of the whole file. All copies of the descriptor share this lock.
  package func releaseLock() { _ = flock(number, LOCK_UN) }
}
