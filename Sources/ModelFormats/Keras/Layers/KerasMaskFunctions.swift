import ComputationGraphs
import JSON
import Names

/// A function of keras.ops that computes masks.
///
/// Keras 3 writes such functions into functional models with layers such as Masking. Truth values are 0 and 1.
struct KerasMaskFunction: KerasOperation {
  private enum Kind: String {
    case equal = "Equal"
    case notEqual = "NotEqual"
    case any = "Any"
    case all = "All"
    case or = "LogicalOr"
    case and = "LogicalAnd"
    case not = "LogicalNot"
    case ones = "OnesLike"
    case zeros = "ZerosLike"
    case expand = "ExpandDims"
  }

  private let kind: Kind
  private let axes: [Int]
  private let keepsAxes: Bool

  /// Reads a function; nil if the function does not compute a mask.
  init?(_ configuration: KerasConfiguration) throws {
    guard let kind = Kind(rawValue: configuration.className.text) else { return nil }
    self.kind = kind
    axes = try configuration.integers("axis", default: [])
    keepsAxes = try configuration.boolean("keepdims", default: false)
  }

  /// Whether the function can compare the integers that select rows of embeddings with a number.
  var comparesNumbers: Bool { [.equal, .notEqual].contains(kind) }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let operands = try inputs.values.map { try $0.inKerasOrder() }
    guard let first = operands.first else { throw scope.problem("the function has no inputs") }
    switch kind {
    case .equal, .notEqual:
      guard operands.count == 1, inputs.constants.count == 1, let number = try? inputs.constants[0].value.number()
      else {
        throw scope.problem("only a comparison with a number is supported", .unsupported)
      }
      let bound = try scope.builder.constant(number, first.type.scalar)
      let answer = try first.compared(with: bound, by: kind == .equal ? .equal : .notEqual)
      return [KerasValue(try scope.number(answer))]
    case .any, .all:
      let axes = try self.axes.isEmpty ? Array(0..<first.rank) : self.axes.map(KerasValue(first).axis)
      return [
        KerasValue(try first.reduced(kind == .any ? .maximum : .minimum, over: axes, keepingDimensions: keepsAxes))
      ]
    case .or, .and:
      guard operands.count == 2 else { throw scope.problem("the function has \(operands.count) inputs; it takes two") }
      return [
        KerasValue(
          try scope.builder.record(.binary(kind == .or ? .maximum : .minimum), operands[0], operands[1]))
      ]
    case .not: return [KerasValue(try 1 - first)]
    case .ones, .zeros:
      // Comparing the input with itself gives numbers of its shape without NaN.
      let answer = try first.compared(with: first, by: kind == .ones ? .greaterOrEqual : .greater)
      return [KerasValue(try scope.number(answer))]
    case .expand:
      guard axes.count == 1 else { throw scope.problem("the function has \(axes.count) axes; it must have one") }
      return [KerasValue(try first.expandingDimensions(at: axes[0] < 0 ? axes[0] + first.rank + 1 : axes[0]))]
    }
  }
}

extension KerasScope {
  /// Converts a truth value 0 or 1 to the model's type.
  func number(_ answer: Variable) throws -> Variable {
    guard answer.type.scalar == .int64 else { return answer }
    // The integer selects a row of the table (0, 1).
    return try constants([0, 1]).gatheringRows(answer)
  }
}
