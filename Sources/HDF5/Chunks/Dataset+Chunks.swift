import CHDF5

extension Dataset {
  /// Writes one chunk as raw bytes, to which the filters were already applied.
  func writeChunk(_ stored: [UInt8], at start: [Int]) throws {
    try withHDF5Lock {
      try location.checkWritable()
      try location.check(
        chdf5_write_chunk(handle.identifier, start.map { hsize_t($0) }, stored.count, stored),
        "the elements cannot be written")
    }
  }

  /// The raw bytes of one chunk, as the filters left them; nil if the chunk was never written, skipped a filter, cannot be read, or
  /// has more bytes than allowed.
  func storedChunk(at start: [Int], atMost limit: Int) throws -> [UInt8]? {
    try withHDF5Lock {
      try file.checkUsable()
      let start = start.map { hsize_t($0) }
      var byteCount: hsize_t = 0
      guard H5Dget_chunk_storage_size(handle.identifier, start, &byteCount) >= 0, byteCount > 0, byteCount <= limit
      else { return nil }
      var filterMask: UInt32 = 0
      var isRead = false
      let stored = [UInt8](unsafeUninitializedCapacity: Int(byteCount)) { bytes, count in
        isRead = chdf5_read_chunk(handle.identifier, start, &filterMask, bytes.baseAddress) >= 0
        count = isRead ? Int(byteCount) : 0
      }
      return isRead && filterMask == 0 ? stored : nil
    }
  }
}
