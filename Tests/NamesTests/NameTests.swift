import Names
import Testing

struct NameTests {
  /// Three spellings of é, and two orders of two accents with the same number of bytes, which Unicode counts as equal.
  private static let siblings: [(Name, Name)] = [
    ("caf\u{E9}", "cafe\u{301}"), ("\u{1E69}", "s\u{323}\u{307}"), ("s\u{307}\u{323}", "s\u{323}\u{307}"),
    ("\u{212B}", "\u{C5}"), ("\u{AC00}", "\u{1100}\u{1161}"),
  ]

  @Test("Texts that Unicode counts as equal are different names", arguments: siblings)
  func bytesDecide(_ left: Name, _ right: Name) {
    #expect(left.text == right.text)
    #expect(left != right)
    #expect((left < right) == left.utf8.lexicographicallyPrecedes(right.utf8))
    #expect((left < right) != (right < left))
    #expect(Set([left, right, left]).count == 2)
    #expect([left: 1, right: 2][left] == 1)
  }

  @Test("Names made of the same bytes in different ways are equal and hash alike")
  func equalBytes() {
    let names: [Name] = ["/mlp/linear_0", "\("/mlp")/linear_\(0)", Name("x/mlp/linear_0".dropFirst())]
    #expect(Set(names).count == 1)
  }

  @Test("Names are ordered by bytes, as UTF-8 orders scalars")
  func order() {
    // UTF-16 puts the scalar beyond the basic plane, which is a surrogate pair there, before U+FF5E.
    let ordered: [Name] = ["", "A", "Z", "a", "ab", "b", "e\u{301}", "\u{E9}", "\u{FF5E}", "\u{1F600}"]
    #expect(ordered.shuffled().sorted() == ordered)
  }

  @Test("Beginnings and ends are those of the bytes")
  func affixes() {
    let name: Name = "/cafe\u{301}/W"
    #expect(name.hasPrefix("/cafe"))
    #expect(!name.hasPrefix("/caf\u{E9}"))
    #expect(name.hasSuffix("\u{301}/W"))
    #expect(!name.hasSuffix("\u{E9}/W"))
    #expect(name.hasPrefix("") && name.hasSuffix("") && name.hasPrefix(name) && name.hasSuffix(name))
  }

  @Test("A path is below another path if the other and a slash are its beginning")
  func below() {
    let path: Name = "/a/b/W"
    #expect(path.isBelow("/a/b") && path.isBelow("/a") && path.isBelow(""))
    #expect(!path.isBelow(path) && !path.isBelow("/a/b/") && !path.isBelow("/a/c") && !path.isBelow("/a/b/W/x"))
    #expect(!("/a-b/W" as Name).isBelow("/a"))
    #expect(path.isDirectlyBelow("/a/b") && !path.isDirectlyBelow("/a"))
  }

  @Test("A name prints as its text")
  func prints() {
    #expect("\("mlp" as Name)" == "mlp")
    #expect(String(reflecting: "a\"b" as Name) == #""a\"b""#)
    #expect((["a", "b"] as [Name]).joined(separator: ", ") == "a, b")
  }
}
