/// The memory of this machine. Swift's arrays trap when memory is refused, so a size that a file claims is asked for first.
package enum Memory {
  /// Whether the operating system would provide some bytes now.
  package static func canProvide(byteCount: Int) -> Bool {
    // A smaller claim is not worth a system call.
    guard byteCount > 1 << 28 else { return true }
    // The pages are never touched, and unlike malloc and free the compiler cannot take the pair away.
    guard let probe = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      probe != MAP_FAILED
    else { return false }
    munmap(probe, byteCount)
    return true
  }
}
