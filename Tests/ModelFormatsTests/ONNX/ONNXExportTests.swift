import Checkpoints
import ComputationGraphs
import ModelFormats
import Names
import TestSupport
import Tensors
import Testing

@Suite("A model written as ONNX") struct ONNXExportTests {
  private func written(_ model: Model) throws -> ImportedModel {
    let folder = try TemporaryDirectory()
    let path = try folder.file("copy.onnx")
    try ONNXFormat.write(model, to: path)
    return try ONNXFormat.model(at: path)
  }

  @Test("computes the same outputs when it is read again", arguments: ONNXCase.all) func outputs(_ case: ONNXCase)
    throws
  {
    try expectOutputs(`case`, of: written(`case`.load().model).model)
  }

  @Test("keeps the bits of weights, variances and ε under the same names") func bits() throws {
    let model = try ONNXCase(name: "residual-dynamo").load().model
    let copy = try written(model)
    #expect(Set(copy.model.tensors.keys) == Set(model.tensors.keys))
    for (path, tensor) in model.tensors { #expect(copy.model.tensors[path] == tensor, "\(path)") }
    #expect(copy.model.graph.allCalls.compactMap(\.normalization?.epsilon) == [1e-5, 1e-3])
    let sources = Set(copy.mapping.map(\.source))
    #expect(sources.isSuperset(of: ["conv1.weight", "bn1.running_var", "layer1.0.bias", "fc.weight"]))
  }

  @Test("is refused if a variance is beyond float32") func overflow() throws {
    var model = try ONNXCase(name: "residual-dynamo").load().model
    let normalization = try #require(model.graph.allCalls.first { $0.normalization != nil })
    let path = try #require(normalization.normalization?.populationStandardDeviation)
    let origin = try #require(model.origins[path])
    let old = try model.tensor(path)
    try model.setStatistic(path, to: Tensor(repeating: 1e20, shape: old.shape, type: old.type), origin: origin)
    let folder = try TemporaryDirectory()
    let file = try folder.file("copy.onnx")
    let error = #expect(throws: ModelFormatError.self) { try ONNXFormat.write(model, to: file) }
    #expect(error?.code == .notRepresentable && error?.object == normalization.brick)
    #expect(error?.message.contains("channel 0") ?? false)
    #expect(try folder.names.isEmpty)
  }

  @Test("keeps tensors of float16 and bfloat16 in their types") func sixteenBits() throws {
    let model = try Model(checkpoint: Repository.fixture("valid/sixteen-bits.h5"))
    let types = Dictionary(uniqueKeysWithValues: model.tensors.keys.map { ($0, model.storedType(of: $0)) })
    #expect(Set(types.values).isSuperset(of: [.float16, .bfloat16]))
    let copy = try written(model).model
    for (path, type) in types where path.collection == .parameters && copy.tensors[path] != nil {
      #expect(copy.storedType(of: path) == type, "\(path)")
    }
  }

  @Test(
    "computes the same outputs when it was made of our bricks",
    arguments: [
      "valid/recurrent-bricks.h5", "valid/convolutional-bricks.h5", "valid/spatial-normalization.h5", "valid/loops.h5",
      "valid/loop-statistics.h5", "valid/steps-input.h5", "valid/steps-constant.h5", "valid/mean-only.h5",
      "valid/float64-model.h5", "valid/unicode-names.h5",
    ])
  func bricks(_ file: String) throws {
    let model = try Model(checkpoint: Repository.fixture(file))
    let copy = try written(model).model
    var inputs: [Name: Tensor] = [:]
    for port in model.graph.inputs {
      let type = model.graph.variables[port.variable].type
      let shape = Shape(type.shape.map { $0.fixed ?? ($0 == "time" ? 3 : 2) })
      let numbers = (0..<shape.elementCount).map { Double($0 % 2) }
      inputs[port.name] = try Tensor(numbers, shape: shape).converted(to: type.scalar)
    }
    let wanted = try model(inputs)
    let outputs = try copy(inputs)
    #expect(Set(outputs.keys) == Set(wanted.keys))
    for (name, tensor) in wanted {
      let output = try #require(outputs[name])
      #expect(output.shape == tensor.shape)
      expectClose(output.doubles, tensor.doubles, absolute: 1e-5, relative: 1e-5, "\(name)")
    }
  }

  @Test("contains each tensor once") func size() throws {
    let folder = try TemporaryDirectory()
    let path = try folder.file("copy.onnx")
    let model = try ONNXCase(name: "residual-dynamo").load().model
    try ONNXFormat.write(model, to: path)
    // 108 + 16 of the first layer, 76 + 16 of the second, 25 of the last.
    let numbers = model.tensors.filter { $0.key.collection != .persistent }.values.map(\.shape.elementCount).reduce(
      0, +)
    let text = String(decoding: try bytes(path), as: UTF8.self)
    #expect(numbers == 241)
    #expect(text.contains("conv1.weight") && !text.contains("conv1.W"))
  }

  @Test("is refused if ONNX cannot hold an operation") func refused() throws {
    let builder = GraphBuilder()
    let input = try builder.input("x", VariableType(.float32, ["batch", 3]))
    let mask = try builder.input("mask", VariableType(.float32, ["batch", 3]))
    let sum = try input.reduced(.sum, over: [1], where: mask)
    let model = try Model(
      bricks: [], graph: builder.finish(outputs: ["sum": sum]), tensors: [:], descriptions: [:], origins: [:])
    let folder = try TemporaryDirectory()
    let error = #expect(throws: ModelFormatError.self) { try ONNXFormat.write(model, to: folder.path + "/sum.onnx") }
    #expect(error?.code == .notRepresentable)
    #expect(error?.message == "the operation reduce_sum with a mask cannot be written as ONNX")
    #expect(try folder.names.isEmpty)
  }

  @Test("has statistics that were estimated again") func statistics() throws {
    var model = try ONNXCase(name: "residual-dynamo").load().model
    let path = try TensorPath(.statistics, brick: "/bn1", name: "population_stdev")
    let origin = try #require(model.origins[path])
    try model.setStatistic(path, to: Tensor([2, 3, 4, 5] as [Float], shape: [4, 1, 1]), origin: origin)
    let copy = try written(model).model
    let deviations = try copy.tensor(path).doubles
    expectClose(deviations, [2.0, 3, 4, 5], absolute: 1e-6)
  }
}
