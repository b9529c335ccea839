import Tensors
import Testing

@Suite("Digests")
struct DigestTests {
  /// `xxhash.xxh3_128_hexdigest` of python-xxhash 4.1.0.
  private static let samples: [(text: String, digest: String)] = [
    ("", "99aa06d3014798d86001c324468d497f"),
    ("abc", "06b05ab6733a618578af5f94892f3950"),
    (String(repeating: "0123456789abcdef", count: 64), "cdd21571530c80cb540ffccbf24ea528"),
  ]

  @Test("equal those of other programs", arguments: samples)
  func known(text: String, digest: String) {
    #expect(Digest(of: text).description == digest)
  }

  @Test("of pieces in order equal the digest of the whole", arguments: samples, [1, 7, 256, 1000])
  func pieces(_ sample: (text: String, digest: String), pieceByteCount: Int) {
    var hasher = DigestHasher()
    var rest = Array(sample.text.utf8)[...]
    while !rest.isEmpty {
      rest.prefix(pieceByteCount).withUnsafeBytes { hasher.update($0) }
      rest = rest.dropFirst(pieceByteCount)
    }
    #expect(hasher.digest.description == sample.digest)
  }
}
