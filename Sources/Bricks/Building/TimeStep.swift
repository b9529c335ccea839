/// The time step at which a brick with statistics for each time step is applied.
public enum TimeStep {
  /// A step that is known while the graph is built.
  case constant(Int)
  /// An int64 scalar that is known at evaluation.
  case variable(Variable)

  /// The step as a variable.
  ///
  /// - Throws: `GraphError` with code `.timeStep` for a negative step or a variable of another type.
  func variable(in builder: GraphBuilder) throws(GraphError) -> Variable {
    switch self {
    case .constant(let value):
      guard value >= 0 else { throw GraphError(.timeStep, "time step \(value) is negative") }
      return try builder.constant(Double(value), .int64)
    case .variable(let variable):
      guard variable.type == VariableType(.int64, []) else {
        throw GraphError(.timeStep, "a time step is an int64 scalar, not \(variable.type)")
      }
      return try builder.adopted(variable)
    }
  }
}
