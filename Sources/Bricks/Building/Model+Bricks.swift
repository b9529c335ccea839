/// An input of a model: its name, and the shape of one example or, for sequences, of one time step of an example.
public struct ModelInput: Hashable, Sendable {
  /// The name of the input.
  public var name: Name
  /// The extents of one example, without the axes of time and batch.
  public var shape: [Int]
  /// Whether examples are sequences. The axes of sequences are (time, batch, …). The axes of other inputs are (batch, …).
  public var isSequence: Bool
  /// The type of the elements, such as int64 for indices; nil for the type of the model's parameters.
  public var scalar: ScalarType?

  /// Creates an input with a name and a shape.
  public init(name: Name, shape: [Int], isSequence: Bool = false, scalar: ScalarType? = nil) {
    self.name = name
    self.shape = shape
    self.isSequence = isSequence
    self.scalar = scalar
  }

  /// An input of sequences of vectors, with time as the first axis, for recurrent bricks.
  public static func sequences(_ count: Int) -> ModelInput {
    ModelInput(name: "sequences", shape: [count], isSequence: true)
  }

  /// An input with one vector for each example.
  public static func features(_ count: Int) -> ModelInput { ModelInput(name: "features", shape: [count]) }

  /// An input with one image for each example, with channels first.
  public static func images(channels: Int, height: Int, width: Int) -> ModelInput {
    ModelInput(name: "images", shape: [channels, height, width])
  }
}

extension Model {
  /// Traces a brick in inference mode, allocates its tensors, and initializes its parameters.
  ///
  /// - Parameters:
  ///   - brick: The outermost brick; its name begins every path.
  ///   - input: The model's input. The batch axis comes first, or second after time in sequences. Both may have any extent.
  ///   - output: The name of the output.
  ///   - scalar: The type of parameters, statistics and input: float32 or float64.
  ///   - timeStep: Whether to add an int64 input `step` if bricks have statistics for each time step.
  ///   - seed: The seed that determines every parameter, on every machine and in every order of construction.
  /// - Throws: `BrickError` or `GraphError` that names the brick whose configuration or input does not fit.
  public init(
    _ brick: any Brick, input: ModelInput, output: Name = "output", scalar: ScalarType = .float32,
    withTimeStep timeStep: Bool = false, seed: UInt64
  ) throws {
    try self.init([brick], scalar: scalar, seed: seed) { scope in
      scope.timeStep = timeStep ? .variable(try scope.builder.input("step", VariableType(.int64, []))) : nil
      let features = try scope.input(input)
      return [output: try scope.apply(brick, to: features)]
    }
  }

  /// Traces any computation over several top-level bricks.
  ///
  /// - Parameters:
  ///   - bricks: The bricks that `body` may apply.
  ///   - scalar: The type of parameters and statistics: float32 or float64.
  ///   - seed: The seed that determines every parameter.
  ///   - body: A closure that declares inputs on the scope, applies bricks, and names the outputs.
  /// - Throws: `BrickError` or `GraphError` that names the brick whose configuration or input does not fit.
  public init(
    _ bricks: [any Brick], scalar: ScalarType = .float32, seed: UInt64,
    _ body: (inout Scope) throws -> NamedVariables
  ) throws {
    guard scalar == .float32 || scalar == .float64 else {
      throw BrickError(.invalidConfiguration, "a model computes in float32 or float64, not \(scalar.rawValue)")
    }
    let nodes = try bricks.map { try $0.node() }
    try BrickNode.validate(nodes)
    var scope = Scope(
      builder: GraphBuilder(), path: "", scalar: scalar, children: bricks, declarations: Scope.Declarations())
    let graph = try scope.builder.finish(outputs: body(&scope))
    let declarations = scope.declarations
    var tensors: TensorStore = [:]
    for (path, variable) in graph.savedTensors {
      guard let shape = variable.type.fixedShape, let initialization = declarations.initializations[path] else {
        continue
      }
      do {
        // Some initializations compute in double precision, so check the memory for twice the size.
        try shape.checkFitsMemory(as: .float64)
      } catch {
        throw BrickError(.invalidConfiguration, "\(path.name): \(error)", brick: path.brick)
      }
      tensors[path] = try initialization.tensor(shape: shape, type: variable.type.scalar, seed: seed, path: path)
    }
    try self.init(
      bricks: nodes, graph: graph, tensors: tensors, descriptions: declarations.descriptions,
      origins: declarations.origins)
  }
}

extension Scope {
  /// Declares an input of the graph. The first axis is the batch; for sequences, the first two axes are time and batch.
  ///
  /// - Throws: `GraphError` if the name is taken.
  public func input(_ input: ModelInput) throws -> Variable {
    try builder.input(
      input.name,
      VariableType(
        input.scalar ?? scalar, (input.isSequence ? ["time", "batch"] : ["batch"]) + input.shape.map(Extent.fixed)))
  }
}
