import Foundation
import HDF5
import Interchange
import Tensors
import Testing

@Suite("A data set in a file")
struct ExamplesTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// An HDF5 file with the datasets that a closure writes.
  func file(_ name: String, _ body: (borrowing HDF5.File) throws -> Void) throws -> String {
    let path = try directory.file(name)
    let file = try HDF5.File(creating: path)
    try body(file)
    try file.close()
    return path
  }

  @Test("is a dataset of an HDF5 file, read in ranges of examples")
  func hdf5() throws {
    let path = try file("data.h5") { file in
      try file.writeDataset("images", [1, 2, 3, 4, 5, 6] as [Float], dimensions: [3, 2])
      try file.writeDataset("deep/labels", [7, 8, 9] as [Int32], dimensions: [3])
    }
    let images = try Examples(contentsOf: "\(path):images")
    #expect((images.count, images.shape, images.location) == (3, [3, 2], "\(path):images"))
    #expect(try images.rows(1..<3, as: .float32) == Tensor([3, 4, 5, 6] as [Float], shape: [2, 2]))
    #expect(try images.rows(0..<1, as: .float64) == Tensor([1, 2] as [Double], shape: [1, 2]))
    #expect(try images.rows(2..<2, as: .float32) == Tensor([] as [Float], shape: [0, 2]))
    #expect(Array(images.batches(of: 2)) == [0..<2, 2..<3])
    #expect(Array(images.batches(of: .max)) == [0..<3])
    for member in ["deep/labels", "/deep/labels"] {
      let labels = try Examples(contentsOf: "\(path):\(member)")
      #expect(try labels.rows(0..<3, as: .int64) == Tensor([7, 8, 9] as [Int64], shape: [3]))
    }
    for (member, text) in [
      ("missing", "there is no dataset \"missing\". "), ("deep", "group"), ("", "the name after the colon is missing"),
    ] {
      expectError(member == "deep" ? .unsupported : .noSuchMember, mentioning: text) {
        try Examples(contentsOf: "\(path):\(member)")
      }
    }
  }

  @Test(
    "gives examples in the given order, and repeats those that are given repeatedly",
    arguments: [[2, 0], [0, 1, 2], [1, 1], [2, 2, 0, 2], [0], [], [1, 2, 0]])
  func namedRows(_ examples: [Int]) throws {
    let rows: [[Float]] = [[1, 2], [3, 4], [5, 6]]
    let path = try file("named.h5") { try $0.writeDataset("rows", rows.flatMap { $0 }, dimensions: [3, 2]) }
    let set = try Examples(contentsOf: "\(path):rows")
    let expected = try Tensor(examples.flatMap { rows[$0] }, shape: [examples.count, 2])
    #expect(try set.rows(examples, as: .float32) == expected)
    expectError(.outOfRange) { try set.rows(examples + [3], as: .float32) }
    expectError(.outOfRange) { try set.rows([-1] + examples, as: .float32) }
  }

  @Test("is the test images of the digits, with integer labels")
  func digits() throws {
    let folder = Repository.fixture("digits")
    let images = try Examples(contentsOf: "\(folder)/test.h5:images")
    #expect(images.shape == [360, 64])
    #expect(Array(images.batches(of: 128)).map(\.count) == [128, 128, 104])
    let labels = try Examples(contentsOf: "\(folder)/test.h5:labels").rows(0..<360, as: .int64).doubles
    #expect(Set(labels) == Set((0..<10).map(Double.init)))
  }

  @Test(
    "is an .npy file or a member of an archive",
    arguments: ["little_f4", "little_f2", "little_i8", "little_u1", "fortran"])
  func numpy(name: String) throws {
    let expected = try #require(try ExpectedArray.all()[name]).tensor()
    let set = try Examples(contentsOf: fixturePath("\(name).npy"))
    #expect(set.shape == expected.shape)
    #expect(try set.rows(0..<set.count, as: .float64) == expected.converted(to: .float64))
    let range = (set.count - 1)..<set.count
    #expect(
      try set.rows(range, as: expected.type) == expected.slicing(axis: 0, from: range.lowerBound, count: range.count))
  }

  @Test("is a member of an .npz archive", arguments: ["stored", "deflated"])
  func archive(name: String) throws {
    let archive = try NumPyArchive(opening: fixturePath("\(name).npz"))
    for member in archive.memberNames {
      let array = try archive.array(named: member)
      guard array.shape.rank > 0 else { continue }
      let set = try Examples(contentsOf: "\(fixturePath("\(name).npz")):\(member)")
      #expect(try set.rows(0..<set.count, as: .float64) == array.read().converted(to: .float64))
    }
    expectError(.noSuchMember) { try Examples(contentsOf: "\(fixturePath("\(name).npz")):nothing") }
    expectError(.noSuchMember, mentioning: "\(archive.memberNames.count) arrays (\(archive.memberNames[0])") {
      try Examples(contentsOf: fixturePath("\(name).npz"))
    }
  }

  @Test("converts integers of any size, half and double precision, and keeps large integers exact")
  func types() throws {
    let large = Int64(1 << 53) + 1
    let path = try file("types.h5") { file in
      try file.writeDataset("uint8", [0, 255] as [UInt8], dimensions: [2])
      try file.writeDataset("int64", [large, -large], dimensions: [2])
      try file.writeDataset("uint64", [1, UInt64.max], dimensions: [2])
      try file.writeDataset("double", [0.1, 1e300], dimensions: [2])
      try file.writeDataset("whole", [3, -4] as [Double], dimensions: [2])
      let half = Datatype.float(byteCount: 2, byteOrder: .littleEndian, isIEEE: true)
      // 1.5 and the largest half, 65504.
      try file.createDataset("half", datatype: half, dimensions: [2]).writeBytes([0x00, 0x3E, 0xFF, 0x7B])
    }
    func rows(_ name: String, _ type: ScalarType) throws -> Tensor {
      try Examples(contentsOf: "\(path):\(name)").rows(0..<2, as: type)
    }
    #expect(try rows("uint8", .int64) == Tensor([0, 255] as [Int64], shape: [2]))
    #expect(try rows("uint8", .float32) == Tensor([0, 255] as [Float], shape: [2]))
    #expect(try rows("int64", .int64) == Tensor([large, -large], shape: [2]))
    #expect(try rows("half", .float32) == Tensor([1.5, 65504] as [Float], shape: [2]))
    #expect(try rows("double", .float32) == Tensor([0.1, .infinity] as [Float], shape: [2]))
    #expect(try rows("whole", .int64) == Tensor([3, -4] as [Int64], shape: [2]))
    expectError(.unsupported, mentioning: "0.1 is not an integer") { try rows("double", .int64) }
    expectError(.unsupported, mentioning: "cannot represent") { try rows("uint64", .int64) }
    expectError(.unsupported) { try rows("double", .uint8) }
  }

  @Test("refuses labels with a fraction in an .npy file, too")
  func fractions() throws {
    let path = try directory.file("labels.npy")
    try NumPyArray.write(Tensor([1, 2.5] as [Float], shape: [2]), to: path)
    let labels = try Examples(contentsOf: path)
    #expect(try labels.rows(0..<1, as: .int64) == Tensor([1] as [Int64], shape: [1]))
    expectError(.unsupported, mentioning: "2.5 is not an integer") { try labels.rows(0..<2, as: .int64) }
  }

  @Test("has no examples beyond its end, in any kind of file")
  func ranges() throws {
    let path = try file("data.h5") { try $0.writeDataset("a", [1, 2] as [Double], dimensions: [2]) }
    for location in [path, fixturePath("little_f4.npy")] {
      let set = try Examples(contentsOf: location)
      expectError(.outOfRange, mentioning: "not within shape") { try set.rows(0..<set.count + 1, as: .float64) }
      expectError(.outOfRange) { try set.rows(-1..<1, as: .float64) }
    }
    let empty = try file("empty.h5") { try $0.writeDataset("a", [] as [Double], dimensions: [0, 3]) }
    let set = try Examples(contentsOf: empty)
    #expect(set.count == 0)
    #expect(Array(set.batches(of: 2)).isEmpty)
    #expect(try set.rows(0..<0, as: .float32).shape == [0, 3])
  }

  @Test("cannot be a single number or text")
  func unsuitable() throws {
    let path = try file("data.h5") { file in
      try file.writeDataset("scalar", [1] as [Double], dimensions: [])
      _ = try file.createDataset("text", datatype: .text(byteCount: 4), dimensions: [2])
    }
    expectError(.unsupported, mentioning: "single number") { try Examples(contentsOf: "\(path):scalar") }
    expectError(.unsupported, mentioning: "single number") { try Examples(contentsOf: fixturePath("scalar.npy")) }
    expectError(.unsupported, mentioning: "\"text\" does not hold numbers") { try Examples(contentsOf: "\(path):text") }
  }

  @Test("that cannot be found or read gives an error that says so", arguments: [".h5", ".npy", ".npz"])
  func missing(ending: String) throws {
    for member in ["", ":images"] {
      expectError(.notFound) { try Examples(contentsOf: "\(directory.path)/missing\(ending)\(member)") }
    }
    let junk = try directory.file("junk\(ending)", Array("no file of this kind at all, but long enough".utf8))
    expectError(.malformed) { try Examples(contentsOf: junk) }
    let empty = try directory.file("empty\(ending)", [])
    expectError(.malformed) { try Examples(contentsOf: empty) }
  }

  @Test(
    "is refused before memory is allocated or another file opened, if the file is hostile",
    arguments: [
      "C8-shape-bomb", "C8-shape-bomb-chunked", "C2-external-link", "C7-external-storage", "C7-virtual-dataset",
      "C2-soft-link",
    ])
  func hostile(name: String) throws {
    let path = Repository.fixture("malformed/\(name).h5")
    var refused = 0
    for member in try members(of: HDF5.File(opening: path).links(), prefix: "", in: path) {
      do {
        let set = try Examples(contentsOf: "\(path):\(member)")
        _ = try set.rows(0..<set.count, as: .float64)
      } catch {
        #expect(error.code == .unsupported || error.code == .malformed, "\(error)")
        refused += member.hasPrefix("parameters") || member.hasPrefix("statistics") ? 1 : 0
      }
    }
    #expect(refused > 0)
  }

  private func members(of links: [Link], prefix: String, in path: String) throws -> [String] {
    try links.flatMap { link -> [String] in
      let name = prefix + link.name
      let file = try HDF5.File(opening: path)
      guard link.kind == .hard, try file.objectKind(name) == .group else { return [name] }
      return try members(of: file.openGroup(name).links(), prefix: name + "/", in: path)
    }
  }
}
