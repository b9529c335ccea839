import HDF5
import Testing

@Suite("Text")
struct TextTests {
  @Test("every kind of text that h5py wrote is read without its padding")
  func fixtures() throws {
    let file = try File(opening: fixture("text"))
    #expect(try file.openDataset("variable").readStrings() == ["", "naïve", "雪"])
    #expect(try file.openDataset("variable_ascii").readString() == "abc")
    #expect(try file.openDataset("scalar").readString() == "one text")
    #expect(try file.openDataset("null_padded").readStrings() == ["ab", "abcd", ""])
    #expect(try file.openDataset("utf8_fixed").readString() == "é")
    #expect(try file.openDataset("space_padded").readStrings() == ["ab", "abcd"])
    #expect(try file.openDataset("null_terminated").readStrings() == ["ab", "abcd"])
    #expect(
      try file.openDataset("space_padded").datatype
        == .fixedString(byteCount: 5, padding: .spacePadded, characterSet: .ascii))
    #expect(try file.openDataset("variable").datatype == .variableString(characterSet: .utf8))
  }

  @Test("text that is not UTF-8 is an error")
  func invalidUTF8() throws {
    let file = try File(opening: fixture("text"))
    expectFailure(.corrupt) { _ = try file.openDataset("not_utf8").readString() }
    expectFailure(.corrupt) { _ = try file.openDataset("not_utf8_variable").readString() }
  }

  @Test("text is not read as numbers or bytes")
  func types() throws {
    let file = try File(opening: fixture("text"))
    expectFailure(.typeMismatch) { _ = try file.openDataset("null_padded").read(as: Int.self) }
    expectFailure(.typeMismatch) { _ = try file.openDataset("variable").readBytes() }
    expectFailure(.shapeMismatch) { _ = try file.openDataset("variable").readString() }
    #expect(try file.openDataset("null_padded").readBytes() == Array("ab\0\0abcd\0\0\0\0".utf8))
  }

  @Test(
    "texts of every padding read back", arguments: [Datatype.StringPadding.nullTerminated, .nullPadded, .spacePadded])
  func paddings(padding: Datatype.StringPadding) throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      let type = Datatype.fixedString(byteCount: 9, padding: padding, characterSet: .utf8)
      let dataset = try file.createDataset("texts", datatype: type, dimensions: [3])
      try dataset.writeStrings(["größer", "", " b"])
      #expect(try dataset.readStrings() == ["größer", "", " b"])
      expectFailure(.typeMismatch) { try dataset.writeStrings(["longer than 9 bytes", "", ""]) }
      expectFailure(.typeMismatch) { try dataset.writeStrings(["a\0b", "", ""]) }
      expectFailure(.shapeMismatch) { try dataset.writeStrings(["a"]) }
    }
  }

  @Test("texts of variable length read back, the empty and the never written ones too")
  func variable() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      let type = Datatype.variableString(characterSet: .utf8)
      let texts = (0..<100).map { String(repeating: "é", count: $0) }
      let dataset = try file.createDataset("texts", datatype: type, dimensions: [100])
      try dataset.writeStrings(texts)
      #expect(try dataset.readStrings() == texts)
      let unwritten = try file.createDataset("unwritten", datatype: type, dimensions: [2])
      #expect(try unwritten.readStrings() == ["", ""])
      expectFailure(.typeMismatch) { try unwritten.writeStrings(["a\0b", ""]) }
      let none = try file.createDataset("none", datatype: type, dimensions: [0])
      try none.writeStrings([])
      #expect(try none.readStrings() == [])
    }
  }
}
