import Bricks
import Foundation
import Testing

/// Layers of PyTorch and Keras with their weights, and what they compute; see tools/fixtures/bricks/recurrence.py.
private struct RecurrenceFixture: Decodable {
  struct Layer: Decodable {
    let weights: [String: [Double]]
    let states: [Double]

    /// A weight matrix by its name.
    func matrix(_ name: String, _ rows: Int, _ columns: Int) throws -> Tensor {
      try Tensor(#require(weights[name]), shape: [rows, columns])
    }

    /// A vector by its name.
    func vector(_ name: String) throws -> Tensor {
      let values = try #require(weights[name])
      return try Tensor(values, shape: [values.count])
    }
  }
  let time: Int
  let batch: Int
  let inputs: Int
  let width: Int
  let x: [Double]
  let rnn: Layer
  let lstm: Layer
  let gru: Layer

  static func read() throws -> RecurrenceFixture {
    let path = Repository.fixture("recurrence.json", of: "BricksTests")
    return try JSONDecoder().decode(RecurrenceFixture.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// x·W + b for every time step and example.
  func projected(_ weights: Tensor, _ biases: Tensor) throws -> Tensor {
    try Tensor(x, shape: [time * batch, inputs]).matrixProduct(with: weights).combined(with: biases, by: .add)
      .reshaped(to: [time, batch, biases.shape[0]])
  }

  /// Expects the states of a brick, with some parameters, on its inputs.
  func expect(
    _ brick: some Recurrent, _ parameters: [Name: Tensor], _ inputs: [Name: Tensor], _ states: [Double],
    tolerance: Double
  ) throws {
    var model = try Model([brick], scalar: .float64, seed: 1) { scope in
      let variables = try inputs.sorted { $0.key < $1.key }.map { name, tensor in
        try scope.builder.input(name, VariableType(.float64, ["time", "batch", .fixed(tensor.shape[2])]))
      }
      let sequences = RecurrentInputs(variables[0], gates: variables.dropFirst().first)
      return ["states": try scope.apply(brick, to: sequences)[0]]
    }
    for (name, tensor) in parameters { try model.set(model.path("/\(brick.name).\(name)"), to: tensor) }
    let found = try #require(try model(inputs)["states"])
    #expect(found.shape == [time, batch, width])
    for (value, wanted) in zip(found.doubles, states) { #expect(abs(value - wanted) <= tolerance) }
  }
}

@Suite("Weights of other frameworks, converted as docs/recurrent.md says")
struct RecurrenceConversionTests {
  private let fixture: RecurrenceFixture

  init() throws { fixture = try RecurrenceFixture.read() }

  @Test("make a simple recurrence compute what PyTorch's RNN computes")
  func simple() throws {
    let (layer, width) = (fixture.rnn, fixture.width)
    let biases = try layer.vector("bias_ih_l0").combined(with: layer.vector("bias_hh_l0"), by: .add)
    let x = try fixture.projected(layer.matrix("weight_ih_l0", width, fixture.inputs).transposed([1, 0]), biases)
    try fixture.expect(
      SimpleRecurrent(width), ["W": layer.matrix("weight_hh_l0", width, width).transposed([1, 0])], ["x": x],
      layer.states, tolerance: 1e-12)
  }

  @Test("make an LSTM without peepholes compute what PyTorch's LSTM computes")
  func memoryCells() throws {
    let (layer, width) = (fixture.lstm, fixture.width)
    let biases = try layer.vector("bias_ih_l0").combined(with: layer.vector("bias_hh_l0"), by: .add)
    let x = try fixture.projected(layer.matrix("weight_ih_l0", 4 * width, fixture.inputs).transposed([1, 0]), biases)
    try fixture.expect(
      LSTM(width, hasPeepholes: false),
      ["W_state": layer.matrix("weight_hh_l0", 4 * width, width).transposed([1, 0])], ["x": x], layer.states,
      tolerance: 1e-12)
  }

  @Test("make gated units compute what Keras's GRU without reset_after computes, with the update gate negated")
  func gatedUnits() throws {
    let (layer, width) = (fixture.gru, fixture.width)
    func gates(_ tensor: Tensor) throws -> Tensor {
      let axis = tensor.shape.rank - 1
      let update = try tensor.slicing(axis: axis, from: 0, count: width).applying(.negate)
      return try Tensor.concatenating([update, tensor.slicing(axis: axis, from: width, count: width)], axis: axis)
    }
    func candidate(_ tensor: Tensor) throws -> Tensor {
      try tensor.slicing(axis: tensor.shape.rank - 1, from: 2 * width, count: width)
    }
    let projected = try fixture.projected(layer.matrix("kernel", fixture.inputs, 3 * width), layer.vector("bias"))
    let recurrent = try layer.matrix("recurrent_kernel", width, 3 * width)
    try fixture.expect(
      GatedRecurrent(width),
      ["state_to_gates": gates(recurrent), "state_to_state": candidate(recurrent)],
      ["a": candidate(projected), "b": gates(projected)], layer.states, tolerance: 1e-6)
  }
}
