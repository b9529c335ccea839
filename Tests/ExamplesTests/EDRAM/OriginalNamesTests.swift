import Bricks
import EDRAM
import Foundation
import Testing

/// Checkpoints of the original, whose program gives some bricks other names.
@Suite("EDRAM of the original")
struct OriginalNamesTests {
  private static let cases = (try? EDRAMCase.all.get()) ?? []

  @Test("the names are those that the original's program gives its bricks") func names() throws {
    // By hand, from the original's program: each brick with the names of its parameters and statistics.
    let normalization = ["batch_norm_scale", "batch_norm_shift", "population_mean", "population_stdev"]
    let linear = ["linear_0.W", "linear_0.b"]
    let recurrent = [
      "W_state", "W_cell_to_in", "W_cell_to_forget", "W_cell_to_out", "initial_state", "initial_cells",
    ]
    var expected: Set<String> = []
    for convolution in ["conv1", "conv2", "conv3", "conv4"] {
      expected.formUnion(["W", "b"].map { "/edram/\(convolution).\($0)" })
      expected.formUnion(normalization.map { "/edram/\(convolution)_bn.\($0)" })
    }
    for number in 1...3 {
      expected.formUnion(["W", "b"].map { "/edram/conv_seq_init/conv\(number)_init.\($0)" })
      expected.formUnion(normalization.map { "/edram/conv_seq_init/conv\(number)_bn_init.\($0)" })
    }
    for brick in [
      "MLP_conv", "MLP_loc", "MLP_enc", "MLP_dec", "MPL_class1", "MPL_class2", "MPL_class3", "emit_mlp",
    ] {
      expected.formUnion(linear.map { "/edram/\(brick)/\($0)" })
    }
    for brick in ["conv_mlp_bn", "loc_mlp_bn", "classification_mlp1_bn", "classification_mlp2_bn"] {
      expected.formUnion(normalization.map { "/edram/\(brick).\($0)" })
    }
    for brick in ["RNN_enc", "RNN_dec"] { expected.formUnion(recurrent.map { "/edram/\(brick).\($0)" }) }

    let four = try EDRAMCase.all.get()[0]
    #expect(try Set(four.edram.model(seed: 1).tensors.keys.map(EDRAM.originalPath)) == expected)
  }

  /// The values of a case by the original's names.
  private func original(_ edram: EDRAMCase) throws -> [String: Tensor] {
    let values = edram.arrays(in: "parameters").merging(edram.arrays(in: "population")) { $1 }
    let paths = try edram.edram.model(seed: 1).tensors.keys
    return try Dictionary(
      uniqueKeysWithValues: paths.map { (EDRAM.originalPath(of: $0), try #require(values[Name($0.description)])) })
  }

  @Test("a checkpoint by the original's names gives PyTorch's outputs", arguments: cases)
  func loading(_ edram: EDRAMCase) throws {
    let model = try edram.edram.model(original: original(edram), observationCount: 39, scalar: .float64)
    let outputs = try model(edram.inputs(.float64))
    for name: Name in ["probabilities", "locations"] {
      let (value, expected) = (try #require(outputs[name]).doubles, try edram.array("inference/\(name)").doubles)
      #expect(value.count == expected.count)
      expectClose(value, expected, absolute: 1e-10, relative: 1e-10, "\(name)")
    }
    #expect(model.origins.values.allSatisfy { $0.observationCounts.allSatisfy { $0 == 39 } })
    #expect(model.statisticStates.values.allSatisfy { $0 == .stale })
  }

  @Test("if the second hidden layer has no scale and shift, it uses those of the first") func shared() throws {
    let four = try EDRAMCase.all.get()[0]
    var values = try original(four)
    for name in ["batch_norm_scale", "batch_norm_shift"] {
      #expect(values.removeValue(forKey: "/edram/classification_mlp2_bn.\(name)") != nil)
    }
    let model = try four.edram.model(original: values, observationCount: 1, scalar: .float64)
    for name in ["batch_norm_scale", "batch_norm_shift"] {
      let first = try model.tensor(model.path("/edram/classification_mlp1_bn.\(name)"))
      #expect(try model.tensor(model.path("/edram/classification_mlp2_bn.\(name)")) == first)
    }
  }

  @Test("a missing tensor is named by its original name", arguments: ["/edram/RNN_enc.W_state", "/edram/conv1.b"])
  func missing(_ path: String) throws {
    let four = try EDRAMCase.all.get()[0]
    var values = try original(four)
    values[path] = nil
    let error = #expect(throws: GraphError.self) {
      _ = try four.edram.model(original: values, observationCount: 1, scalar: .float64)
    }
    #expect(error?.description == "the original's checkpoint has no tensor \(path)")
  }
}
