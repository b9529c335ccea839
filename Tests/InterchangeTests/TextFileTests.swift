import Interchange
import Testing

@Suite("A text file")
struct TextFileTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test("is read whole") func whole() throws {
    for text in ["", "ε = 1e-4\n", "{\"a\": [1, 2]}"] {
      #expect(try TextFile.read(directory.file("text.json", Array(text.utf8))) == text)
    }
  }

  @Test("is UTF-8, of reasonable size, and there") func refused() throws {
    let bytes = try directory.file("bytes.json", [0x22, 0xFF, 0x22])
    expectError(.malformed, mentioning: "not UTF-8") { try TextFile.read(bytes) }
    let large = try directory.file("large.json", [UInt8](repeating: 0x20, count: 1 << 26 + 1))
    expectError(.unsupported, mentioning: "too many") { try TextFile.read(large) }
    expectError(.notFound) { try TextFile.read(directory.path + "/none.json") }
    expectError(.notReadable) { try TextFile.read(directory.path) }
  }
}
