/// A model with batch normalizations folded into the linear maps beside them, and what had to stay.
public struct FoldedModel: Sendable {
  /// The model, the same function to rounding.
  public let model: Model
  /// What was folded.
  public let folds: [NormalizationFolding.Fold]
  /// What was not, and why.
  public let refusals: [NormalizationFolding.Refusal]
}

extension Model {
  /// The model with every batch normalization folded into the linear map or convolution beside it, where that is exact.
  ///
  /// Bricks of which a part is folded keep their place in the tree without a configuration, the outermost as `Folded…`: their own code
  /// would make them again with the normalization. Statistics of normalizations that stay are as good as they were.
  ///
  /// - Parameter allowsPrior: Whether statistics that were never estimated, or are stale, may be made part of the weights.
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
  /// The tree without some bricks; nil for one of them. Those above, and those that have biases now, are not what their configuration
  /// says any more.
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
