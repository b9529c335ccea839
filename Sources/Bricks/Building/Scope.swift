import JSON

/// The context in which a brick is applied: its path, its declarations and its children.
public struct Scope {
  /// The properties of the tensors that bricks have declared so far. All scopes of one trace share them.
  final class Declarations {
    var initializations: [TensorPath: Initialization] = [:]
    var descriptions: [TensorPath: TensorDescription] = [:]
    var origins: [TensorPath: StatisticOrigin] = [:]
  }

  /// The builder that records.
  public let builder: GraphBuilder
  /// The path of the brick that is being applied. It is empty at the top.
  public let path: Name
  /// The type of parameters and statistics.
  public let scalar: ScalarType
  /// The time step at which bricks are applied, for bricks with statistics for each time step.
  public var timeStep: TimeStep?
  /// The mask of examples, of shape (batch). Examples with mask 0 are left out of minibatch statistics; nil includes all
  /// examples.
  public var mask: Variable?
  private let children: [any Brick]
  private let childNumbers: [Name: Int]
  let declarations: Declarations

  init(
    builder: GraphBuilder, path: Name, scalar: ScalarType, timeStep: TimeStep? = nil, mask: Variable? = nil,
    children: [any Brick], declarations: Declarations
  ) {
    self.builder = builder
    self.path = path
    self.scalar = scalar
    self.timeStep = timeStep
    self.mask = mask
    self.children = children
    childNumbers = Dictionary(children.enumerated().map { (Name($1.name), $0) }) { first, _ in first }
    self.declarations = declarations
  }

  /// Creates a scope in which one brick without a parent and without children is applied once.
  ///
  /// - Parameters:
  ///   - builder: The builder that records the application.
  ///   - path: The path of the brick.
  ///   - scalar: The type of parameters and statistics.
  package init(builder: GraphBuilder, path: Name, scalar: ScalarType) {
    self.init(builder: builder, path: path, scalar: scalar, children: [], declarations: Declarations())
  }

  /// The descriptions of the tensors that were declared.
  package var declaredDescriptions: [TensorPath: TensorDescription] { declarations.descriptions }

  // MARK: Children

  /// Applies a child and returns its output.
  ///
  /// - Parameters:
  ///   - brick: One of the children of the brick that is being applied.
  ///   - input: The input of the child.
  ///   - step: The time step for the child and all bricks in it; this scope's step by default.
  ///   - mask: The mask of examples (batch) for the child and all bricks in it; this scope's mask by default. Examples with mask 0
  ///     are left out of minibatch statistics.
  ///   - id: A name for this call. Queries can find the call by this name.
  /// - Throws: `BrickError` if the brick is not a child, and the errors of its application, with its path.
  public func apply(
    _ brick: any Brick, to input: Variable, at step: TimeStep? = nil, mask: Variable? = nil, id: Name? = nil
  ) throws -> Variable {
    try call(brick, "apply", on: [input], at: step, mask: mask, id: id) { inputs, scope in
      [try brick.apply(inputs[0], in: &scope)]
    }[0]
  }

  /// Applies children one after another, each to the output of the previous child, and returns the last output.
  ///
  /// - Throws: The errors of `apply(_:to:at:mask:id:)`.
  public func apply(_ bricks: [any Brick], to input: Variable) throws -> Variable {
    try bricks.reduce(input) { try apply($1, to: $0) }
  }

  /// Records an application of a child that takes or returns several values.
  ///
  /// - Parameters:
  ///   - brick: One of the children of the brick that is being applied.
  ///   - application: The name of the method.
  ///   - inputs: The inputs of the child.
  ///   - step: The time step for the child and all bricks in it; this scope's step by default.
  ///   - mask: As for `apply(_:to:at:mask:id:)`.
  ///   - id: A name for this call. Queries can find the call by this name.
  ///   - body: A closure that records the application in the brick's own scope and returns the outputs.
  /// - Throws: The errors of `apply(_:to:at:mask:id:)`.
  public func call(
    _ brick: any Brick, _ application: Name, on inputs: [Variable], at step: TimeStep? = nil, mask: Variable? = nil,
    id: Name? = nil,
    _ body: (_ inputs: [Variable], _ scope: inout Scope) throws -> [Variable]
  ) throws -> [Variable] {
    guard let number = childNumbers[Name(brick.name)], children[number].isEqual(to: brick) else {
      let known = children.map { "\"\($0.name)\"" }.joined(separator: ", ")
      throw BrickError(
        .notAChild,
        "applies a brick \"\(brick.name)\" of type \(type(of: brick).typeName) that is not among its children "
          + "(\(known.isEmpty ? "none" : known)); keep it in a stored property",
        brick: path.isEmpty ? "/" : path)
    }
    var scope = Scope(
      builder: builder, path: "\(path)/\(brick.name)", scalar: scalar, timeStep: step ?? timeStep,
      mask: mask ?? self.mask, children: brick.distinctChildren, declarations: declarations)
    let inputs = try inputs.map(builder.adopted)
    return try builder.call(
      brick: scope.path, type: Name(type(of: brick).typeName), application: application, on: inputs
    ) {
      if let id { scope.setMetadata("call_id", .name(id)) }
      do {
        return try body(inputs, &scope)
      } catch let error as GraphError {
        throw error.located(brick: scope.path, application: application)
      } catch let error as BrickError {
        throw error.located(brick: scope.path, application: application)
      }
    }
  }

  // MARK: Loops

  /// Records a loop. In the body, bricks with statistics for each time step use the step of the loop. Variables from outside the
  /// loop that the body uses are captured automatically.
  ///
  /// - Parameters:
  ///   - sequences: Variables with time on axis 0.
  ///   - states: The initial states; each step passes its states to the next step.
  ///   - stepCount: The number of steps, if there is no sequence.
  ///   - isReversed: Whether the loop goes from the last row to the first. Results stay in the order of processing.
  ///   - body: A closure that records one step and returns the next states and any other outputs.
  /// - Throws: The errors of the body, and `GraphError` if types do not fit.
  public func scan(
    sequences: [Variable] = [], states: [Variable] = [], stepCount: Int? = nil, isReversed: Bool = false,
    _ body: (inout Scope, ScanStep) throws -> (states: [Variable], outputs: [Variable])
  ) throws -> ScanResult {
    try builder.scan(sequences: sequences, states: states, stepCount: stepCount, isReversed: isReversed) {
      inner, step in
      var scope = Scope(
        builder: inner, path: path, scalar: scalar, timeStep: .variable(step.index), mask: mask, children: children,
        declarations: declarations)
      return try body(&scope, step)
    }
  }

  // MARK: Declarations

  /// Declares a parameter of the brick that is being applied. Every application of the brick gets the same variable.
  ///
  /// - Parameters:
  ///   - name: The name within the brick.
  ///   - shape: The extents.
  ///   - role: The role, PARAMETER or a role below it.
  ///   - initialization: The initialization of the value.
  ///   - axes: The name of each axis.
  ///   - broadcastable: For each axis, whether the tensor's only value along it applies to the whole axis of the data.
  /// - Throws: `GraphError` if the name is invalid, or was declared with another shape.
  public func parameter(
    _ name: Name, shape: [Int], role: Role = .parameter, initialization: Initialization, axes: [Name],
    broadcastable: [Bool]? = nil
  ) throws -> Variable {
    let path = try TensorPath(.parameters, brick: path, name: name)
    try declareInitialization(initialization, of: path)
    return try declare(path, shape, role, TensorDescription(axes: axes, broadcastable: broadcastable))
  }

  /// Declares a population statistic of the brick that is being applied. It starts as `value` and is marked as never estimated.
  ///
  /// - Parameters:
  ///   - name: The name within the brick.
  ///   - shape: The extents. If there is a row for each time step, the time steps come first.
  ///   - role: The role, BATCH_NORM_POPULATION_STATISTICS or a role below it.
  ///   - value: The value until the statistic is estimated.
  ///   - epsilon: The ε of the normalization.
  ///   - steps: The number of time steps; nil if all steps share one set of statistics.
  ///   - axes: The name of each axis.
  ///   - broadcastable: For each axis, whether the tensor's only value along it applies to the whole axis of the data.
  /// - Throws: `GraphError` if the name is invalid, or was declared with another shape.
  public func populationStatistic(
    _ name: Name, shape: [Int], role: Role, value: Double, epsilon: Double, steps: Int?, axes: [Name],
    broadcastable: [Bool]
  ) throws -> Variable {
    let path = try TensorPath(.statistics, brick: path, name: name)
    try declareInitialization(.constant(value), of: path)
    declarations.origins[path] = .neverEstimated(epsilon: epsilon, steps: steps)
    return try declare(path, shape, role, TensorDescription(axes: axes, broadcastable: broadcastable))
  }

  private func declareInitialization(_ initialization: Initialization, of path: TensorPath) throws {
    if let known = declarations.initializations.updateValue(initialization, forKey: path), known != initialization {
      throw BrickError(
        .invalidConfiguration, "\(path.name) is declared twice, with different initial values", brick: path.brick)
    }
    for collection in TensorPath.Collection.allCases where collection != path.collection {
      let other = try TensorPath(collection, brick: path.brick, name: path.name)
      guard declarations.initializations[other] == nil else {
        throw BrickError(
          .invalidConfiguration, "\(path.name) is declared twice, in \(other.collection) and in \(path.collection)",
          brick: path.brick)
      }
    }
  }

  private func declare(
    _ path: TensorPath, _ shape: [Int], _ role: Role, _ description: TensorDescription
  ) throws -> Variable {
    guard TensorPath.Collection([role]) == path.collection else {
      throw BrickError(.invalidConfiguration, "\(path.name) cannot have the role \(role)", brick: path.brick)
    }
    guard childNumbers[path.name] == nil else {
      throw BrickError(.invalidConfiguration, "\(path.name) is also the name of a child", brick: path.brick)
    }
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw BrickError(
        .invalidConfiguration, "\(path.name) would have the shape \(shape), which has a negative extent",
        brick: path.brick)
    }
    guard description.axes.count == shape.count else {
      throw BrickError(
        .invalidConfiguration, "\(path.name) of shape \(shape) needs one name for each axis, not \(description.axes)",
        brick: path.brick)
    }
    declarations.descriptions[path] = description
    return try builder.tensor(path, type: VariableType(scalar, shape.map(Extent.fixed)), roles: [role])
  }

  // MARK: Facts about the call

  /// Whether normalizations of this brick use the statistics of the minibatch.
  public var isTraining: Bool { builder.isTraining(brick: path) }

  /// Adds an entry to the metadata of the application that is being recorded.
  public func setMetadata(_ key: Name, _ value: JSONValue) { builder.setMetadata(key, value) }
}
