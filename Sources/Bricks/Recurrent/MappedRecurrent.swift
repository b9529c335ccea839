/// A recurrent brick with its own linear map of the input: x·W_input + b is computed for all steps before the loop, which reads it.
///
/// The input has any number of columns. The parameters of the recurrent brick belong to this brick, beside W_input and b. So a
/// layer of PyTorch's `LSTM`, `GRU` or `RNN` is one brick, and `Bidirectional` can apply the brick in both directions.
public struct MappedRecurrent: Recurrent {
  /// The name among its siblings.
  public var name: String
  /// The recurrent brick. Its name does not matter.
  public var prototype: AnyBrick
  /// The initialization of W_input.
  public var weightsInitialization: Initialization
  /// The initialization of b.
  public var biasesInitialization: Initialization

  /// Adds a linear map of the input to a recurrent brick. By default, W_input starts as Gaussians with standard deviation 0.01.
  public init(
    _ prototype: some Recurrent,
    weightsInitialization: Initialization = .isotropicGaussian(standardDeviation: 0.01),
    biasesInitialization: Initialization = .constant(0), name: String = "mappedrecurrent"
  ) {
    self.name = name
    self.prototype = AnyBrick(prototype)
    self.weightsInitialization = weightsInitialization
    self.biasesInitialization = biasesInitialization
  }

  /// The children of the recurrent brick, whose parameters belong to this brick.
  public var children: [any Brick] { prototype.brick.children }
  /// The width of every state.
  public var dimension: Int { recurrent?.dimension ?? 0 }
  /// The names of the initial states of the recurrent brick.
  public var initialStateNames: [Name] { recurrent?.initialStateNames ?? [] }
  /// The initialization of the initial states of the recurrent brick.
  public var initialStatesInitialization: Initialization { recurrent?.initialStatesInitialization ?? .constant(0) }

  private var recurrent: (any Recurrent)? { prototype.brick as? any Recurrent }

  /// Records x·W_input + b.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` if the brick is not recurrent, or does not say how many columns it reads.
  public func prepared(_ input: Variable, mask: Variable?, in scope: inout Scope) throws -> Variable {
    guard let width = recurrent?.inputDimension else {
      throw BrickError(
        .invalidConfiguration, "maps the input of \(prototype.brick.name), which is not SimpleRecurrent, LSTM or GRU")
    }
    let weights = try scope.parameter(
      "W_input", shape: [input.lastExtent(agreeingWith: nil), width], role: .weight,
      initialization: weightsInitialization, axes: ["input", "gate"])
    let biases = try scope.parameter(
      "b", shape: [width], role: .bias, initialization: biasesInitialization, axes: ["gate"])
    return try input.matrixMultiplied(by: weights) + biases
  }

  /// Records the states of the recurrent brick after one step.
  public func next(_ inputs: RecurrentStepInputs, in scope: inout Scope) throws -> [Variable] {
    guard let recurrent else {
      throw BrickError(.invalidConfiguration, "applies \(prototype.brick.name), which is not a recurrent brick")
    }
    return try recurrent.next(inputs, in: &scope)
  }
}
