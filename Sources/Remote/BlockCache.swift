import Synchronization

/// Blocks of remote files in bounded memory, for the whole process.
///
/// Blocks are in two generations. A block that is used moves to the young generation. If the young generation is full, it replaces the
/// old generation, whose blocks are forgotten.
final class BlockCache: Sendable {
  /// The size of a block. The last block of a file may be shorter.
  static let blockByteCount = 1 << 15

  /// The cache of the process, with at most 64 MiB.
  static let shared = BlockCache(capacity: 1 << 26)

  /// The number of a file, and the number of a block in the file.
  private struct Key: Hashable {
    let file: Int
    let block: Int
  }

  /// The blocks of both generations, and the number that the last file got.
  private struct Generations {
    var young: [Key: [UInt8]] = [:]
    var old: [Key: [UInt8]] = [:]
    var lastFile = 0
  }

  private let blocks = Mutex(Generations())
  private let largestGeneration: Int

  /// Creates an empty cache for about `capacity` bytes.
  init(capacity: Int) { largestGeneration = max(1, capacity / Self.blockByteCount / 2) }

  /// A number that no other file has.
  func newFile() -> Int {
    blocks.withLock { blocks in
      blocks.lastFile += 1
      return blocks.lastFile
    }
  }

  /// Whether a block of a file is kept.
  func contains(_ block: Int, of file: Int) -> Bool {
    let key = Key(file: file, block: block)
    return blocks.withLock { $0.young[key] != nil || $0.old[key] != nil }
  }

  /// The bytes of a block of a file; nil if they are not kept.
  func bytes(_ block: Int, of file: Int) -> [UInt8]? {
    let key = Key(file: file, block: block)
    return blocks.withLock { blocks in
      if let bytes = blocks.young[key] { return bytes }
      guard let bytes = blocks.old[key] else { return nil }
      add(bytes, key, to: &blocks)
      return bytes
    }
  }

  /// Keeps bytes of a file, from the beginning of a block on.
  func keep(_ bytes: [UInt8], from block: Int, of file: Int) {
    blocks.withLock { blocks in
      for (index, start) in stride(from: 0, to: bytes.count, by: Self.blockByteCount).enumerated() {
        let part = Array(bytes[start..<min(start + Self.blockByteCount, bytes.count)])
        add(part, Key(file: file, block: block + index), to: &blocks)
      }
    }
  }

  private func add(_ bytes: [UInt8], _ key: Key, to blocks: inout Generations) {
    if blocks.young.count >= largestGeneration { (blocks.young, blocks.old) = ([:], blocks.young) }
    blocks.young[key] = bytes
  }
}
