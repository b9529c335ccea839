import ComputationGraphs
import JSON
import Names

/// The arguments in an application of a Keras layer.
struct KerasInputs {
  /// The values in order.
  var values: [KerasValue]
  /// The values of keyword arguments, such as `initial_state`.
  var keywords: [Name: [KerasValue]] = [:]
  /// Numbers among the positional arguments.
  var constants: [(position: Int, value: JSONValue)] = []

  /// The value, for a layer that takes exactly one value.
  func single() throws -> KerasValue {
    guard values.count == 1, constants.isEmpty else {
      throw KerasProblem(.malformed, "the layer is applied to \(values.count + constants.count) values; it takes one")
    }
    return values[0]
  }
}

/// The computation of a Keras layer, with the settings of its configuration.
protocol KerasOperation {
  /// The weights in Keras's order.
  var weights: [KerasWeight] { get }
  /// The name of the cell that has the variables of a recurrent layer; nil for other layers.
  var cellName: Name? { get }
  /// The inner layers, with the attributes that name them in files.
  var children: [(attribute: Name, layer: KerasLayer)] { get }
  /// Whether the output has the same mask as the input.
  var passesMask: Bool { get }
  /// Whether `apply` itself records the call of the brick. Otherwise, `KerasTrace` records it.
  var recordsOwnCall: Bool { get }
  /// Records the layer's computation, and returns its outputs.
  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue]
}

extension KerasOperation {
  var weights: [KerasWeight] { [] }
  var cellName: Name? { nil }
  var children: [(attribute: Name, layer: KerasLayer)] { [] }
  var passesMask: Bool { false }
  var recordsOwnCall: Bool { false }
}
