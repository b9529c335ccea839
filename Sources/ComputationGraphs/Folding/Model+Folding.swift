/// A model with batch normalizations folded into neighbouring linear maps, and a list of those that could not be folded.
public struct FoldedModel: Sendable {
  /// The model. It computes the same function, except for rounding.
  public let model: Model
  /// The normalizations that were folded.
  public let folds: [NormalizationFolding.Fold]
  /// The normalizations that were not folded, with the reasons.
  public let refusals: [NormalizationFolding.Refusal]
}

extension Model {
  /// The model with each batch normalization folded into a neighbouring linear map or convolution, if that is exact.
  ///
  /// A brick with a folded part keeps its place in the tree, but loses its configuration; the outermost one is called `Folded…`.
  /// The brick's own code would make the part again with the normalization. Statistics of normalizations that stay are as
  /// trustworthy as before.
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
  /// The tree without some bricks; nil for one of them. Their ancestors, and bricks that got biases, lose their configuration,
  /// because it does not describe them any more.
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
