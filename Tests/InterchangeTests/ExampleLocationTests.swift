import HDF5
import Interchange
import Tensors
import Testing

@Suite("The location of a data set")
struct ExampleLocationTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// An HDF5 file with the datasets that a closure writes.
  private func file(_ name: String, _ body: (borrowing HDF5.File) throws -> Void) throws -> String {
    let path = try directory.file(name)
    let file = try HDF5.File(creating: path)
    try body(file)
    try file.close()
    return path
  }

  @Test("needs no name if the file holds one array; otherwise the error lists the names")
  func namelessArrays() throws {
    let one = try file("one.h5") { file in
      try file.writeDataset("only", [1, 2] as [Double], dimensions: [2])
      try file.createGroup("group")
    }
    #expect(try Examples(contentsOf: one).rows(0..<2, as: .float64) == Tensor([1, 2] as [Double], shape: [2]))
    let two = try file("two.h5") { file in
      try file.writeDataset("b", [1] as [Double], dimensions: [1])
      try file.writeDataset("a", [1] as [Double], dimensions: [1])
    }
    expectError(.noSuchMember, mentioning: "2 arrays (a and b); name one: \(two):a") { try Examples(contentsOf: two) }
    let none = try file("none.h5") { try $0.createGroup("group") }
    expectError(.noSuchMember, mentioning: "holds no arrays") { try Examples(contentsOf: none) }
    let archive = try directory.file("one.npz", ZipBuilder(data: bytes(ofFile: fixturePath("little_f4.npy"))).bytes)
    #expect(try Examples(contentsOf: archive).shape == NumPyArray(opening: fixturePath("little_f4.npy")).shape)
    expectError(.noSuchMember, mentioning: "one array without a name") {
      try Examples(contentsOf: fixturePath("little_f4.npy") + ":a")
    }
  }

  @Test("is not a file of another kind, which the error names")
  func otherKinds() throws {
    for (file, message) in [
      ("keras/dense.keras", "is a .keras archive, but data are a dataset of an HDF5 file (FILE.h5:NAME), a NumPy file"),
      ("foreign/one.safetensors", "is a safetensors file, but data are"),
      ("foreign/state.pt", "is a PyTorch file, but"),
      ("foreign/network.json", "is not an HDF5 file, but data are"),
    ] {
      expectError(.malformed, mentioning: message) { try Examples(contentsOf: Repository.fixture(file)) }
    }
  }

  @Test("may be a dataset of a group, which errors also list")
  func groups() throws {
    let only = try file("group.h5") { try $0.writeDataset("a/b/only", [1, 2] as [Double], dimensions: [2]) }
    #expect(try Examples(contentsOf: only).count == 2)
    let several = try file("groups.h5") { file in
      try file.writeDataset("train/images", [1, 2] as [Double], dimensions: [2])
      try file.writeDataset("test/images", [1] as [Double], dimensions: [1])
      try file.writeDataset("labels", [1] as [Double], dimensions: [1])
    }
    for (member, message) in [
      ("", "holds 3 arrays (labels, test/images and train/images); name one: \(several):labels"),
      (
        ":",
        "the name after the colon is missing. The file holds 3 arrays (labels, test/images and train/images); name one: "
          + "\(several):labels"
      ),
      (":x", "there is no dataset \"x\". The datasets are labels, test/images and train/images"),
      (":images", "there is no dataset \"images\". Did you mean test/images or train/images?"),
    ] {
      expectError(.noSuchMember, mentioning: message) { try Examples(contentsOf: several + member) }
    }
  }

  @Test("has the URL as its file, up to the first colon after the host") func url() {
    #expect(Examples.file(of: "https://host:80/a.h5:images") == "https://host:80/a.h5")
    #expect(Examples.file(of: "s3://bucket/a.npy") == "s3://bucket/a.npy")
  }

  @Test("may have colons in the file's name and in the member's")
  func colons() throws {
    let path = try file("1:2.h5") { file in
      try file.writeDataset("a:b", [1, 2] as [Double], dimensions: [2])
      try file.writeDataset("c", [1, 2, 3] as [Double], dimensions: [3])
    }
    _ = try directory.file("1", [0])
    #expect(try Examples(contentsOf: "\(path):c").count == 3)
    #expect(try Examples(contentsOf: "\(path):a:b").count == 2)
    let alone = try file("x:only") { try $0.writeDataset("d", [1] as [Double], dimensions: [1]) }
    #expect(try Examples(contentsOf: alone).count == 1)
    let array = try directory.file("x:y.npy", bytes(ofFile: fixturePath("little_f4.npy")))
    #expect(try Examples(contentsOf: array).shape == NumPyArray(opening: array).shape)
  }
}
