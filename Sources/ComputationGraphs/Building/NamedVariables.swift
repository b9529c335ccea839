/// Variables with names, in order, such as the outputs of a graph.
///
///     try builder.finish(outputs: ["scores": scores, "features": features])
public struct NamedVariables: ExpressibleByDictionaryLiteral {
  /// The names and variables, in order. Names may repeat here; `GraphBuilder.finish(outputs:)` refuses that.
  public var elements: [(name: Name, variable: Variable)]

  /// Variables with names.
  public init(_ elements: [(name: Name, variable: Variable)]) { self.elements = elements }

  /// Variables with names, in the order of the literal.
  public init(dictionaryLiteral elements: (Name, Variable)...) {
    self.elements = elements.map { (name: $0, variable: $1) }
  }
}
