import CSystem

/// The memory of this machine. If the system refuses memory, Swift's arrays trap. So sizes from files are checked first.
package enum Memory {
  /// Whether the operating system would now provide the given number of bytes.
  package static func canProvide(byteCount: Int) -> Bool {
    // Smaller sizes are not checked, because the system call would take too long.
    guard byteCount > 1 << 28 else { return true }
    // The pages are never used. malloc and free would not work, because the compiler can remove this pair of calls.
    guard let probe = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      probe != MAP_FAILED
    else { return false }
    munmap(probe, byteCount)
    return true
  }

  /// Lets this process keep freed memory for later, instead of returning it to the system. A library must not decide this for a
  /// program.
  package static func keepFreed() { cs_keep_freed_memory() }

  /// Asks the system to use large pages for a buffer that was just allocated. At the first write to a page, the system provides the
  /// page. This takes longer than filling the page, and one large page replaces 512 small pages.
  package static func preferLargePages(for buffer: UnsafeMutableRawBufferPointer) {
    #if os(Linux)
      guard buffer.count >= 1 << 21, let start = buffer.baseAddress else { return }
      // The first small page also holds the header of the allocation. Without this page, the first large page would not be whole.
      let offset = Int(bitPattern: start) & 4095
      // This is only advice, so a refusal has no effect.
      _ = madvise(UnsafeMutableRawPointer(start - offset), buffer.count + offset, MADV_HUGEPAGE)
    #endif
  }
}

extension Memory {
  /// The largest number of bytes that this process had in memory so far.
  package static var peakByteCount: Int {
    var usage = rusage()
    guard getrusage(selfResource, &usage) == 0 else { return 0 }
    // Linux counts kibibytes.
    return Int(usage.ru_maxrss) * residentSizeUnit
  }
}
