import Interchange
import Tensors
import Testing

@Suite("Writing files of named tensors")
struct TensorFileWritingTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  func outgoing(_ file: TensorFile) -> [OutgoingTensor] { file.entries.map { OutgoingTensor($0, of: file) } }

  @Test("gives the bytes of the safetensors package", arguments: ["views.safetensors", "one.safetensors"])
  func safetensors(name: String) throws {
    let original = Repository.fixture("foreign/\(name)")
    let file = try TensorFile(opening: original)
    let path = try directory.file("written.safetensors")
    try TensorFile.write(outgoing(file).reversed(), metadata: file.metadata, to: path, as: .safetensors)
    #expect(try bytes(ofFile: path) == bytes(ofFile: original))
  }

  @Test("keeps every tensor of a PyTorch file, with its type", arguments: ["views.pt", "state.pt"])
  func pytorch(name: String) throws {
    let file = try TensorFile(opening: Repository.fixture("foreign/\(name)"))
    let path = try directory.file("written.safetensors")
    try TensorFile.write(outgoing(file), to: path, as: .safetensors)
    let written = try TensorFile(opening: path)
    #expect(Set(written.entries) == Set(file.entries))
    for entry in file.entries { #expect(try written.tensor(entry.name) == file.tensor(entry.name), "\(entry.name)") }
  }

  @Test("gives the members that NumPy writes")
  func npz() throws {
    let file = try TensorFile(opening: Repository.fixture("foreign/state.pt"))
    let path = try directory.file("written.npz")
    let texts: [Name: String] = ["note": "é", "empty": ""]
    try TensorFile.write(outgoing(file), metadata: texts, to: path, as: .numPyArchive)
    let written = try TensorFile(opening: path)
    #expect(written.metadata == texts)
    #expect(written.entries == file.entries)
    for entry in file.entries { #expect(try written.tensor(entry.name) == file.tensor(entry.name)) }
  }

  @Test("refuses tensors that a format cannot hold, and names a format that can")
  func refused() throws {
    let views = try TensorFile(opening: Repository.fixture("foreign/views.pt"))
    let path = try directory.file("written")
    expectError(.unsuitable, mentioning: "brain", "bfloat16", "safetensors") {
      try TensorFile.write(outgoing(views), to: path, as: .numPyArchive)
    }
    expectError(.unsuitable, mentioning: "17 tensors", "NAME.npz") {
      try TensorFile.write(outgoing(views), to: path, as: .numPyArray)
    }
    let tensor = OutgoingTensor("a", try Tensor([1] as [Float], shape: [1]))
    expectError(.unsuitable, mentioning: "would be lost (note)", "safetensors") {
      try TensorFile.write([tensor], metadata: ["note": "x", "format": "pt"], to: path, as: .numPyArray)
    }
    expectError(.unsuitable, mentioning: "two tensors") {
      try TensorFile.write([tensor, tensor], to: path, as: .safetensors)
    }
    expectError(.unsuitable, mentioning: "not written as a PyTorch file") {
      try TensorFile.write([tensor], to: path, as: .pyTorch)
    }
    expectError(.cannotCreate) { try TensorFile.write([tensor], to: path + "/x", as: .safetensors) }
    #expect(try directory.names.isEmpty)
  }
}
