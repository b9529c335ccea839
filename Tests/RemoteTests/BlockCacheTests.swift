import Testing
@testable import Remote

@Suite("The cache of blocks")
struct BlockCacheTests {
  private let size = BlockCache.blockByteCount

  @Test("keeps the blocks of each file apart") func files() {
    let cache = BlockCache(capacity: 1 << 20)
    let (first, second) = (cache.newFile(), cache.newFile())
    cache.keep([UInt8](repeating: 1, count: size) + [2, 3], from: 4, of: first)
    #expect(cache.bytes(4, of: first) == [UInt8](repeating: 1, count: size))
    #expect(cache.bytes(5, of: first) == [2, 3])
    #expect(cache.bytes(6, of: first) == nil)
    #expect(cache.bytes(4, of: second) == nil)
    #expect(cache.contains(5, of: first) && !cache.contains(5, of: second))
  }

  @Test("forgets the blocks that were not used for long, and keeps those that are used") func bound() {
    let cache = BlockCache(capacity: 8 * size)
    let file = cache.newFile()
    for block in 0..<100 {
      cache.keep([UInt8(block)], from: block, of: file)
      #expect(cache.bytes(0, of: file) == [0])
    }
    let kept = (0..<100).filter { cache.contains($0, of: file) }
    #expect(kept.count <= 8 && kept.first == 0 && kept.last == 99)
  }
}
