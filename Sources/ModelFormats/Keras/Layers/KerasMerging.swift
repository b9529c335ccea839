import ComputationGraphs
import JSON
import Names

/// A layer that combines several values element by element.
struct KerasMerge: KerasOperation {
  enum Kind: String { case add, subtract, multiply, average, maximum, minimum, divide }
  let kind: Kind
  var passesMask: Bool { true }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    var values = inputs.values
    // Operands may be numbers, such as the 2 in `x * 2`.
    for (position, value) in inputs.constants {
      guard let number = try? value.number(), (0...values.count).contains(position) else {
        throw scope.problem("an operand is neither a tensor nor a number", .unsupported)
      }
      values.insert(KerasValue(try scope.constant(number)), at: position)
    }
    guard values.count >= 1, let rank = values.map(\.rank).max() else {
      throw scope.problem("the layer has no inputs")
    }
    guard ![.subtract, .divide].contains(kind) || values.count == 2 else {
      throw scope.problem("the layer has \(values.count) inputs; it takes two")
    }
    let isAligned = values.allSatisfy { $0.rank == rank || $0.rank == 0 }
    let inFront = isAligned && values.contains(where: \.hasChannelsInFront)
    let operands = try values.map { value -> Variable in
      guard value.rank > 0 else { return value.variable }
      var variable = try value.ordered(withChannelsInFront: inFront).variable
      // Keras inserts missing axes after the batch.
      while variable.rank < rank { variable = try variable.expandingDimensions(at: 1) }
      return variable
    }
    var result = operands[0]
    for operand in operands.dropFirst() { result = try combined(result, operand) }
    if kind == .average { result = try result / Double(operands.count) }
    return [
      KerasValue(result, hasChannelsInFront: inFront, mask: try Self.commonMask(inputs.values))
    ]
  }

  private func combined(_ left: Variable, _ right: Variable) throws -> Variable {
    switch kind {
    case .add, .average: return try left + right
    case .subtract: return try left - right
    case .multiply: return try left * right
    case .divide: return try left / right
    case .maximum: return try left.builder.record(.binary(.maximum), left, right)
    case .minimum: return try left.builder.record(.binary(.minimum), left, right)
    }
  }

  /// The mask of the result: a step is valid if it is valid in one of the values. If a value has no mask, the result has no mask.
  static func commonMask(_ values: [KerasValue]) throws -> Variable? {
    let masks = values.compactMap(\.mask)
    guard masks.count == values.count, var mask = masks.first else { return nil }
    for other in masks.dropFirst() where other.index != mask.index {
      mask = try mask.builder.record(.binary(.maximum), mask, other)
    }
    return mask
  }
}

/// A layer that joins values along an axis.
struct KerasConcatenate: KerasOperation {
  let axis: Int
  var passesMask: Bool { true }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let values = inputs.values
    guard let first = values.first, values.allSatisfy({ $0.rank == first.rank }) else {
      throw scope.problem("the layer has no inputs, or inputs of different ranks")
    }
    if values.contains(where: { $0.mask != nil }), axis != -1, axis != first.rank - 1 {
      throw scope.problem("masked values are joined along axis \(axis); only the last axis is supported", .unsupported)
    }
    let inFront = values.contains(where: \.hasChannelsInFront)
    let ordered = try values.map { try $0.ordered(withChannelsInFront: inFront) }
    let place = try ordered[0].axis(axis)
    guard place > 0 else { throw scope.problem("values cannot be joined along the batch") }
    let joined =
      values.count == 1 ? ordered[0].variable : try Variable.concatenating(ordered.map(\.variable), axis: place)
    return [
      KerasValue(joined, hasChannelsInFront: ordered[0].hasChannelsInFront, mask: try KerasMerge.commonMask(values))
    ]
  }
}

/// A layer that sums products of two values along one axis of each.
struct KerasDot: KerasOperation {
  let axes: [Int]
  let normalizes: Bool

  init(_ configuration: KerasConfiguration) throws {
    let given = try configuration.integers("axes")
    guard given.count == 1 || given.count == 2 else {
      throw configuration.problem("\"axes\" is \(given); it must be one axis or two")
    }
    axes = given.count == 1 ? [given[0], given[0]] : given
    normalizes = try configuration.boolean("normalize", default: false)
  }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    guard inputs.values.count == 2 else {
      throw scope.problem("the layer has \(inputs.values.count) inputs; it takes two")
    }
    var operands: [Variable] = []
    for (value, axis) in zip(inputs.values, axes) {
      let value = try value.ordered(withChannelsInFront: false)
      let axis = try value.axis(axis)
      guard axis > 0 else { throw scope.problem("the product cannot be along the batch") }
      var variable = value.variable
      if normalizes { variable = try variable.scaledToUnitNorm(over: [axis]) }
      let others = (0..<value.rank).filter { $0 != axis }
      operands.append(try variable.transposed(others + [axis]))
    }
    let ranks = operands.map(\.rank)
    for _ in 0..<(ranks[1] - 2) { operands[0] = try operands[0].expandingDimensions(at: operands[0].rank - 1) }
    for _ in 0..<(ranks[0] - 2) { operands[1] = try operands[1].expandingDimensions(at: 1) }
    var product = try (operands[0] * operands[1])
    product = try product.reduced(.sum, over: [product.rank - 1])
    if product.rank == 1 { product = try product.expandingDimensions(at: 1) }
    return [KerasValue(product)]
  }
}
