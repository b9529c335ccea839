import ComputationGraphs

/// A value in a Keras model: a variable, and the order of its axes.
///
/// Convolutions and pools need the channels before height and width. Their results keep this order until a layer needs Keras's own
/// order. So there are no transposes between layers on images.
struct KerasValue {
  /// The variable, with its axes in `order`.
  var variable: Variable
  /// Whether the last axis of Keras is axis 1 of the variable, before the others: (batch, channels, height, width).
  var hasChannelsInFront: Bool
  /// The mask (batch, time): 0 at the steps that later layers skip, and 1 at others; nil if no steps are skipped.
  var mask: Variable?

  init(_ variable: Variable, hasChannelsInFront: Bool = false, mask: Variable? = nil) {
    self.variable = variable
    self.hasChannelsInFront = hasChannelsInFront
    self.mask = mask
  }

  /// The number of axes, the batch included.
  var rank: Int { variable.rank }

  /// The extents in Keras's order.
  var shape: [Extent] {
    guard hasChannelsInFront else { return variable.shape }
    return [variable.shape[0]] + variable.shape[2...] + [variable.shape[1]]
  }

  /// Converts the number of an axis in Keras's order to its number in the variable. Negative numbers count from the end.
  ///
  /// - Throws: `KerasProblem` if there is no such axis.
  func axis(_ axis: Int) throws -> Int {
    let positive = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(positive) else {
      throw KerasProblem(.malformed, "axis \(axis) does not exist in \(variable.type)")
    }
    guard hasChannelsInFront, positive > 0 else { return positive }
    return positive == rank - 1 ? 1 : positive + 1
  }

  /// Returns the variable with its axes in Keras's order.
  func inKerasOrder() throws -> Variable {
    guard hasChannelsInFront else { return variable }
    return try variable.transposed([0] + Array(2..<rank) + [1])
  }

  /// Returns the variable with Keras's last axis as axis 1.
  func withChannelsInFront() throws -> Variable {
    if hasChannelsInFront { return variable }
    guard rank > 2 else { return variable }
    return try variable.transposed([0, rank - 1] + Array(1..<(rank - 1)))
  }

  /// Returns the value with its axes in the given order.
  func ordered(withChannelsInFront inFront: Bool) throws -> KerasValue {
    guard inFront != hasChannelsInFront else { return self }
    var value = self
    value.variable = try inFront ? withChannelsInFront() : inKerasOrder()
    value.hasChannelsInFront = inFront && rank > 2
    return value
  }

  /// Returns the value with a different variable, whose axes are in the same order.
  func replacing(_ variable: Variable) -> KerasValue {
    var value = self
    value.variable = variable
    return value
  }

  /// Returns the mask with the rank and the order of the axes of the variable, and extent 1 on axes without a mask; nil without a mask.
  ///
  /// - Throws: `KerasProblem` if the mask has more axes than the variable.
  func elementMask() throws -> Variable? {
    guard var mask else { return nil }
    guard mask.rank <= rank else {
      throw KerasProblem(.malformed, "the mask \(mask.type) does not fit \(variable.type)")
    }
    while mask.rank < rank { mask = try mask.expandingDimensions(at: mask.rank) }
    return try KerasValue(mask).ordered(withChannelsInFront: hasChannelsInFront).variable
  }

  /// Reorders a tensor of one example, whose axes are in Keras's order, so that it broadcasts to the variable.
  func aligned(_ example: Variable) throws -> Variable {
    guard hasChannelsInFront else { return example }
    var example = example
    while example.rank < rank - 1 { example = try example.expandingDimensions(at: 0) }
    return try example.transposed([example.rank - 1] + Array(0..<(example.rank - 1)))
  }
}
