/// Named variables in order, such as the outputs of a graph.
///
///     try builder.finish(outputs: ["scores": scores, "features": features])
public struct NamedVariables: ExpressibleByDictionaryLiteral {
  /// The names and variables in order. The same name may occur twice here, but `GraphBuilder.finish(outputs:)` refuses it.
  public var elements: [(name: Name, variable: Variable)]

  /// Creates named variables in the given order.
  public init(_ elements: [(name: Name, variable: Variable)]) { self.elements = elements }

  /// Creates named variables in the order of the literal.
  public init(dictionaryLiteral elements: (Name, Variable)...) {
    self.elements = elements.map { (name: $0, variable: $1) }
  }
}
