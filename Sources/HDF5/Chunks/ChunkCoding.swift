import CDeflate
import CHDF5

/// Compresses and expands chunks that pass through the deflate filter, or through the shuffle filter and then the deflate filter.
/// This needs neither the library nor its lock, so several threads can do it at the same time.
struct ChunkCoding: Sendable {
  /// The greatest size of a chunk. Larger chunks are left to the library, because this module holds several chunks in memory.
  private static let greatestByteCount = 16 << 20

  private let elementByteCount: Int
  private let elementCount: Int
  private let isShuffled: Bool
  /// The level of compression, 0 to 9.
  private let level: CInt

  /// The number of bytes of a whole chunk.
  var byteCount: Int { elementCount * elementByteCount }

  /// The coding for a layout; nil if its chunks pass through other filters or are too large, or if the library is too old.
  init?(_ layout: Layout, elementByteCount: Int) {
    guard chdf5_has_direct_chunks() != 0, case .chunked(let extents, var filters) = layout,
      let elementCount = Dataspace.elementCount(of: extents), elementCount > 0,
      elementByteCount <= Self.greatestByteCount / elementCount
    else { return nil }
    isShuffled = filters.first?.identifier == Filter.shuffle
    if isShuffled {
      guard filters[0].parameters == [UInt32(elementByteCount)] else { return nil }
      filters.removeFirst()
    }
    guard filters.count == 1, filters[0].identifier == Filter.deflate else { return nil }
    self.elementByteCount = elementByteCount
    self.elementCount = elementCount
    // A file may state any number as the level. It does not matter for expanding.
    level = CInt(min(filters[0].parameters.first ?? 6, 9))
  }

  /// The bytes of a chunk as they are stored; nil if there is no memory. A chunk at the edge of its dataset is filled up with zeros.
  func encoded(_ bytes: consuming [UInt8]) -> [UInt8]? {
    if bytes.count < byteCount { bytes += [UInt8](repeating: 0, count: byteCount - bytes.count) }
    let shuffled =
      isShuffled
      ? [UInt8](unsafeUninitializedCapacity: byteCount) { result, count in
        cd_shuffle(bytes, elementCount, elementByteCount, result.baseAddress)
        count = byteCount
      } : bytes
    let stored = [UInt8](unsafeUninitializedCapacity: cd_bound(byteCount)) { result, count in
      count = cd_compress(
        shuffled, byteCount, isShuffled ? elementCount : 0, level, result.baseAddress)
    }
    return stored.isEmpty ? nil : stored
  }

  /// The bytes of a whole chunk; nil if the stored bytes are damaged.
  func decoded(_ stored: [UInt8]) -> [UInt8]? {
    var isValid = false
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { result, count in
      isValid = cd_expand(stored, stored.count, result.baseAddress, byteCount) != 0
      count = isValid ? byteCount : 0
    }
    guard isValid, isShuffled else { return isValid ? bytes : nil }
    return [UInt8](unsafeUninitializedCapacity: byteCount) { result, count in
      cd_unshuffle(bytes, elementCount, elementByteCount, result.baseAddress)
      count = byteCount
    }
  }
}
