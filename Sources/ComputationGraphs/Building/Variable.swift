import Tensors

/// A symbolic value in a builder. Expressions with variables record nodes, and look like arithmetic with tensors.
public struct Variable {
  /// The builder that records the variable.
  public let builder: GraphBuilder
  /// The index in the builder's arena. The variable can have another index in the finished graph.
  public let index: Int

  /// The scalar type and the symbolic shape.
  public var type: VariableType { builder.arena.variables[index].type }
  /// The symbolic extents.
  public var shape: [Extent] { type.shape }
  /// The number of axes.
  public var rank: Int { type.rank }
  /// The roles that the variable has so far.
  public var roles: RoleSet { builder.arena.variables[index].roles }

  /// Adds a role.
  public func add(_ role: Role) { builder.arena.variables[index].roles.insert(role) }

  /// Gives the variable a name.
  public func named(_ name: Name) -> Variable {
    builder.arena.variables[index].name = name
    return self
  }

  // MARK: Arithmetic

  /// The elementwise sum, with broadcasting.
  public static func + (left: Variable, right: Variable) throws(GraphError) -> Variable {
    try left.builder.record(.binary(.add), left, right)
  }
  /// The elementwise difference, with broadcasting.
  public static func - (left: Variable, right: Variable) throws(GraphError) -> Variable {
    try left.builder.record(.binary(.subtract), left, right)
  }
  /// The elementwise product, with broadcasting.
  public static func * (left: Variable, right: Variable) throws(GraphError) -> Variable {
    try left.builder.record(.binary(.multiply), left, right)
  }
  /// The elementwise quotient, with broadcasting.
  public static func / (left: Variable, right: Variable) throws(GraphError) -> Variable {
    try left.builder.record(.binary(.divide), left, right)
  }
  /// The variable plus a number.
  public static func + (left: Variable, right: Double) throws(GraphError) -> Variable {
    try left + left.builder.constant(right, left.type.scalar)
  }
  /// The variable minus a number.
  public static func - (left: Variable, right: Double) throws(GraphError) -> Variable {
    try left - left.builder.constant(right, left.type.scalar)
  }
  /// A number minus the variable, such as `1 - mask`.
  public static func - (left: Double, right: Variable) throws(GraphError) -> Variable {
    try right.builder.constant(left, right.type.scalar) - right
  }
  /// The variable times a number.
  public static func * (left: Variable, right: Double) throws(GraphError) -> Variable {
    try left * left.builder.constant(right, left.type.scalar)
  }
  /// The variable divided by a number.
  public static func / (left: Variable, right: Double) throws(GraphError) -> Variable {
    try left / left.builder.constant(right, left.type.scalar)
  }
  /// The variable with the opposite sign.
  public static prefix func - (operand: Variable) throws(GraphError) -> Variable { try operand.applying(.negate) }

  /// Applies an elementwise function.
  public func applying(_ operation: UnaryOperation) throws(GraphError) -> Variable {
    try builder.record(.unary(operation), self)
  }
  /// The error function of every element.
  public func errorFunction() throws(GraphError) -> Variable { try applying(.errorFunction) }
  /// The largest integer that is not above each element.
  public func floor() throws(GraphError) -> Variable { try applying(.floor) }
  /// The matrix product of this variable (…, k) and a matrix (k, n).
  public func matrixMultiplied(by matrix: Variable) throws(GraphError) -> Variable {
    try builder.record(.matrixProduct, self, matrix)
  }
  /// The softmax over the last axis.
  public func softmax() throws(GraphError) -> Variable { try builder.record(.softmax, self) }
  /// The logarithm of the softmax over the last axis.
  public func logSoftmax() throws(GraphError) -> Variable { try builder.record(.logSoftmax, self) }

  // MARK: Layout and reductions

  /// A reduction over axes. The variance is biased.
  ///
  /// - Parameter mask: A mask for sum, mean and variance. It has this variable's type and rank, and each of its extents is 1 or
  ///   this variable's extent. Elements with mask 0 are left out, even if they are NaN. If no elements remain, the result is 0.
  public func reduced(
    _ reduction: GraphOperation.Reduction, over axes: [Int], where mask: Variable? = nil,
    keepingDimensions: Bool = false
  ) throws(GraphError) -> Variable {
    try builder.record(
      .reduce(reduction, axes: axes, keepingDimensions: keepingDimensions), [self] + [mask].compactMap { $0 })[0]
  }
  /// The same elements with an axis of extent 1 inserted.
  public func expandingDimensions(at axis: Int) throws(GraphError) -> Variable {
    try builder.record(.expandDimensions(axis: axis), self)
  }
  /// Row `step` of this variable (T, …).
  public func taking(step: Variable, pastEnd: PastEndPolicy) throws(GraphError) -> Variable {
    try builder.record(.takeStep(pastEnd), self, step)
  }
}
