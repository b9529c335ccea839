import ComputationGraphs
import HDF5
import ModelFormats
import Names
import Tensors
import TestSupport
import Testing

@Suite("A batch normalization of Keras") struct KerasFoldingTests {
  @Test("is folded into convolutions of sequences, which then compute Keras's outputs") func sequences() throws {
    let model = try KerasFormat.model(at: Repository.fixture("keras/folding.keras")).model
    let folded = try model.foldingNormalizations()
    #expect(Set(folded.folds.map(\.brick)) == ["/row", "/bare", "/depthwise", "/transposed"])
    #expect(folded.folds.first { $0.brick == "/bare" }?.newBiases.map(\.description) == ["/bare_map.b"])
    let refusal = try #require(folded.refusals.first)
    #expect(folded.refusals.count == 1 && refusal.brick == "/volume")
    #expect(refusal.reason.contains("computed in 3 slices with the weights /volume_map.W"), "\(refusal.reason)")
    let file = try HDF5.File(opening: Repository.fixture("keras/folding.h5"))
    func tensor(_ path: String, _ group: String) throws -> Tensor {
      try file.openGroup(group).openDataset(path).readTensor()
    }
    let outputs = try folded.model(["x": tensor("x", "inputs"), "v": tensor("v", "inputs")])
    #expect(outputs.count == 5)
    for (name, output) in outputs {
      let expected = try tensor(name.text, "outputs")
      #expect(output.shape == expected.shape, "\(name)")
      expectClose(output.doubles, expected.doubles, absolute: 1e-5, relative: 1e-5, "\(name)")
    }
  }

  @Test("that is shared is named once for each reason why it cannot be folded") func shared() throws {
    let model = try KerasFormat.model(at: Repository.fixture("keras/normalizations.keras")).model
    let refusals = try model.foldingNormalizations().refusals
    let entries = refusals.map { "\($0.brick): \($0.reason)" }
    #expect(entries.count == Set(entries).count && refusals.contains { $0.brick == "/shared" }, "\(entries)")
  }
}
