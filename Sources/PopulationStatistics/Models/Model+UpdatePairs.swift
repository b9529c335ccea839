import ComputationGraphs
import Tensors

extension Model {
  /// The update pairs of one minibatch: the statistics that each normalization computes from it in training mode.
  ///
  /// The model does not change.
  ///
  /// ```swift
  /// for record in try model.updatePairs(for: ["features": batch]) {
  ///   print(record.brick, record.exampleShape, record.counts, record.mean ?? [])
  /// }
  /// ```
  ///
  /// For several minibatches, use a `PopulationPass`, because it prepares the model only once.
  ///
  /// - Parameters:
  ///   - inputs: The model's inputs by name. The examples are along the axis `batch`.
  ///   - batch: The name of the minibatch; by default, its digest. A name must mean the same data everywhere.
  /// - Throws: The errors of `PopulationPass`.
  public func updatePairs(for inputs: [Name: Tensor], batch: Name? = nil) throws -> [UpdateRecord] {
    var pass = try PopulationPass(self)
    try pass.observe(inputs, batch: batch)
    return try pass.updates().records
  }
}

extension UpdateRecord {
  /// The path of the brick.
  public var brick: Name { identity.brick }
  /// The name of the application.
  public var application: Name { identity.application }
  /// The name of the minibatch.
  public var batch: Name { identity.batch }
  /// The shape of one example's statistics, with extent 1 on the axes along which one value is used for all elements. If there are
  /// time steps, they are the first axis of the values.
  public var exampleShape: Shape { values.exampleShape }
}
