import Interchange
import Tensors
import Testing

@Suite("NumPy archives")
struct NumPyArchiveTests {
  @Test("every member that NumPy wrote reads like in NumPy", arguments: ["stored.npz", "deflated.npz"])
  func reading(file: String) throws {
    let expected = try ExpectedArray.all()
    let archive = try NumPyArchive(opening: fixturePath(file))
    #expect(Set(archive.memberNames) == Set(expected.keys.map { Name($0) }))
    #expect(archive.memberNames.prefix(3) == ["little_f2", "little_f4", "little_f8"])
    for (name, description) in expected {
      let array = try archive.array(named: Name(name))
      #expect(array.type == description.type, "\(name)")
      #expect(try array.read() == description.tensor(), "\(name)")
    }
    let fortran = try archive.array(named: "fortran")
    #expect(try fortran.readRows(1..<2) == fortran.read().slicing(axis: 0, from: 1, count: 1))
  }

  @Test(
    "types that tensors do not have are refused by name, with a remedy",
    arguments: [
      ("object", "pickled"), ("structured", "each field"), ("complex", "real and imaginary"), ("text", "labels"),
      ("date", "int64"), ("raw", "bfloat16"), ("extended", "float64"),
    ])
  func refused(name: String, text: String) throws {
    let archive = try NumPyArchive(opening: fixturePath("refused.npz"))
    expectError(.unsupported, mentioning: text) { try archive.array(named: Name(name)) }
  }

  @Test("names that Unicode counts as equal are two arrays")
  func names() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("names.npz")
    let arrays: [(Name, Float)] = [("caf\u{E9}", 1), ("cafe\u{301}", 2)]
    var writer = try ZipWriter(creating: path)
    for (name, value) in arrays {
      let array = try directory.file("array.npy")
      try NumPyArray.write(Tensor([value], shape: [1]), to: array)
      let content = try bytes(ofFile: array)
      try writer.add("\(name).npy", byteCount: content.count) { write in try content.withUnsafeBytes(write) }
    }
    try writer.finish()
    let archive = try NumPyArchive(opening: path)
    #expect(archive.memberNames == arrays.map(\.0))
    for (name, value) in arrays { #expect(try archive.array(named: name).read().doubles == [Double(value)]) }
  }

  @Test("the error for a missing member lists the existing members")
  func missing() throws {
    let archive = try NumPyArchive(opening: fixturePath("stored.npz"))
    expectError(.noSuchMember, mentioning: "little_f2, little_f4") { try archive.array(named: "weights") }
  }

  @Test("a file that is not an archive gives an error that says so")
  func noArchive() throws {
    let directory = try TemporaryDirectory()
    expectError(.notFound, mentioning: "no such file") { try NumPyArchive(opening: directory.file("missing.npz")) }
    for content in [[], Array("PK".utf8), try bytes(ofFile: fixturePath("fortran.npy"))] as [[UInt8]] {
      expectError(.malformed, mentioning: "not a ZIP archive") {
        try NumPyArchive(opening: directory.file("none.npz", content))
      }
    }
  }
}
