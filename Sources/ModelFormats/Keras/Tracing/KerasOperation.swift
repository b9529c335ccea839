import ComputationGraphs
import JSON
import Names

/// What a layer of Keras is applied to.
struct KerasInputs {
  /// The values in order.
  var values: [KerasValue]
  /// Further values by keyword, such as `initial_state`.
  var keywords: [Name: [KerasValue]] = [:]
  /// Numbers among the positional arguments.
  var constants: [(position: Int, value: JSONValue)] = []

  /// The single value of a layer that takes one.
  func single() throws -> KerasValue {
    guard values.count == 1, constants.isEmpty else {
      throw KerasProblem(.malformed, "the layer is applied to \(values.count + constants.count) values; it takes one")
    }
    return values[0]
  }
}

/// The computation of a class of Keras layers, with what its configuration says.
protocol KerasOperation {
  /// Keras's variables in its order.
  var weights: [KerasWeight] { get }
  /// The name of the cell that owns the variables of a recurrent layer.
  var cellName: Name? { get }
  /// Layers inside, with the attributes by which files name them.
  var children: [(attribute: Name, layer: KerasLayer)] { get }
  /// Whether the mask of the input holds for the output.
  var passesMask: Bool { get }
  /// Whether `apply` records the call of the brick.
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
