/// A model with batch normalizations folded into neighbouring linear maps, and a list of the others.
public struct FoldedModel: Sendable {
  /// The model. It computes the same function, except for rounding.
  public let model: Model
  /// The normalizations that were folded.
  public let folds: [NormalizationFolding.Fold]
  /// The normalizations that were not folded, with the reasons.
  public let refusals: [NormalizationFolding.Refusal]
}

extension Model {
  /// Folds batch normalizations into neighbouring linear maps and convolutions, if this is exact, and returns the new model.
  ///
  /// A brick with a folded part keeps its place in the tree, but loses its configuration. From this configuration, the brick's
  /// own code would create the normalization again. The type of the outermost brick becomes `Folded…`. The remaining
  /// normalizations keep the states of their statistics.
  ///
  /// - Parameter allowsPrior: Whether to fold statistics that were never estimated or are stale.
  /// - Throws: `GraphError` if the model contradicts itself.
  public func foldingNormalizations(allowingPrior allowsPrior: Bool = false) throws(GraphError) -> FoldedModel {
    let folding = try NormalizationFolding(self, allowingPrior: allowsPrior)
    guard !folding.folds.isEmpty else { return FoldedModel(model: self, folds: [], refusals: folding.refusals) }
    let gone = Set(folding.folds.map(\.brick)).subtracting(folding.graph.allCalls.map(\.brick))
    let biased = Set(folding.folds.flatMap(\.newBiases).map(\.brick))
    let folded = try Model(
      bricks: bricks.compactMap { $0.folded(without: gone, biased: biased) }, graph: folding.graph,
      tensors: folding.tensors, descriptions: folding.descriptions,
      origins: origins.filter { folding.tensors[$0.key] != nil })
    return FoldedModel(
      model: try folded.keepingStates(of: self), folds: folding.folds, refusals: folding.refusals)
  }
}

extension BrickNode {
  /// The tree without some bricks; nil if the outermost brick is one of them. Their ancestors, and bricks with new biases, lose
  /// their configuration, because it no longer describes them.
  fileprivate func folded(without gone: Set<Name>, biased: Set<Name>) -> BrickNode? {
    edited { path, node in
      guard !gone.contains(path) else { return nil }
      var node = node
      if biased.contains(path) {
        if node.configuration["usesBias"] == .boolean(false) {
          node.configuration["usesBias"] = .boolean(true)
        } else {
          node.configuration = [:]
        }
      }
      return node
    }.map { folded in
      var folded = folded
      if folded.configuration.isEmpty, !configuration.isEmpty { folded.type = "Folded\(type)" }
      return folded
    }
  }
}
