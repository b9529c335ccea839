import Bricks
import Testing

/// One case of fixtures/original/recurrent: a configuration, values, and the original's results.
struct RecurrentCase: OriginalFixtureCase {
  struct Configuration: CaseConfiguration {
    var brick: String
    var name: String
    var dim: Int
    var activation: String
    var gateActivation: String?
    var bidirectional: Bool
    var reverse: Bool
    var initial: Name
    var parameters: [String: [Int]]
    var arrays: [String: [Int]]
  }

  let stored: StoredCase<Configuration>
  let sensitivity: [String: Double]

  var testDescription: String { "\(name) (\(configuration.brick))" }

  /// `states`, and `cells` if there are any.
  var stateNames: [Name] { configuration.brick == "LSTM" ? ["states", "cells"] : ["states"] }

  /// The brick for one direction.
  var recurrent: any Recurrent {
    get throws {
      let activation = try namedActivation(configuration.activation)
      let gates = try namedActivation(configuration.gateActivation ?? "Logistic")
      let (width, name) = (configuration.dim, configuration.name)
      switch configuration.brick {
      case "SimpleRecurrent": return SimpleRecurrent(width, activation: activation, name: name)
      case "LSTM": return LSTM(width, activation: activation, gateActivation: gates, name: name)
      default: return GatedRecurrent(width, activation: activation, gateActivation: gates, name: name)
      }
    }
  }

  /// The whole sequence as a model. Its inputs and outputs have the names of the case.
  func sequenceModel(_ scalar: ScalarType = .float64) throws -> Model {
    let brick: any Recurrent = try recurrent
    let outermost: any Brick = configuration.bidirectional ? Bidirectional(brick) : brick
    return try model(outermost, scalar) { scope in
      func input(_ name: Name) throws -> Variable? {
        guard let shape = configuration.arrays[name.text] else { return nil }
        // Time and batch stay open.
        let leading: [Extent] = name.hasPrefix("given") ? ["batch"] : ["time", "batch"]
        return try scope.builder.input(
          name, VariableType(scalar, leading + shape.dropFirst(leading.count).map(Extent.fixed)))
      }
      let given = try stateNames.compactMap { try input("given_\($0)") }
      let inputs = RecurrentInputs(
        try #require(try input("inputs")), gates: try input("gate_inputs"), mask: try input("mask"),
        initialStates: given.isEmpty ? nil : given, isReversed: configuration.reverse)
      return configuration.bidirectional
        ? try scope.apply(Bidirectional(brick), to: inputs) : try scope.apply(brick, to: inputs)
    }
  }

  /// A single step as a model.
  func stepModel(_ scalar: ScalarType = .float64) throws -> Model {
    let brick = try recurrent
    return try model(brick, scalar) { scope in
      func input(_ name: Name, dropping axes: Int) throws -> Variable? {
        guard let shape = configuration.arrays[name.text] else { return nil }
        return try scope.builder.input(
          name, VariableType(scalar, ["batch"] + shape.dropFirst(axes + 1).map(Extent.fixed)))
      }
      return try scope.step(
        brick,
        on: RecurrentStepInputs(
          #require(try input("inputs", dropping: 1)), gates: input("gate_inputs", dropping: 1),
          mask: input("mask", dropping: 1),
          states: stateNames.map { try #require(try input("one_step/from_\($0)", dropping: 0)) }))
    }
  }

  private func model(
    _ brick: any Brick, _ scalar: ScalarType, _ body: (inout Scope) throws -> [Variable]
  ) throws -> Model {
    var model = try Model([brick], scalar: scalar, seed: 1) { scope in
      NamedVariables(try zip(stateNames, body(&scope)).map { (name: $0, variable: $1) })
    }
    for (path, value) in parameters where model.tensors.keys.contains(where: { $0.spelling == path }) {
      try model.set(model.path(path), to: value.converted(to: scalar))
    }
    return model
  }

  /// The values that the case feeds to a model.
  func feed(_ model: Model, rowsOfFirstStep: Bool = false) throws -> [Name: Tensor] {
    var feed: [Name: Tensor] = [:]
    for port in model.graph.inputs {
      let array = try #require(arrays[port.name])
      let isSequence = !port.name.hasPrefix("one_step/")
      feed[port.name] = try (rowsOfFirstStep && isSequence ? array.taking(0) : array)
        .converted(to: model.graph.variables[port.variable].type.scalar)
    }
    return feed
  }

  /// The file's cases, in order. An unreadable file is a failure of every test that asks for them.
  static let all: Result<[RecurrentCase], any Error> = Result { try read("recurrent") }
}
