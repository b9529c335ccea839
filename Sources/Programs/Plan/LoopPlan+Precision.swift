import ComputationGraphs
import Tensors

extension LoopPlan {
  /// Plans a sum, mean or variance that is kept in double precision.
  func reduce(
    _ operand: Value, _ reduction: GraphOperation.Reduction, _ axes: [Int], to output: Int, _ dimensions: [Int]
  ) throws {
    if case .series(let series) = operand {
      let result = try outer.preciseReduction(
        reduction, axes.map { $0 + 1 }, of: outer.view(series), [stepCount] + dimensions)
      precise[output] = .series(result)
      values[output] = .series(.view(try outer.narrowed(result)))
    } else {
      let result = try inner.preciseReduction(reduction, axes, of: inner.view(operand), dimensions)
      precise[output] = .local(result)
      values[output] = .view(try inner.narrowed(result))
    }
  }

  func preciseValue(of node: Graph.Node, _ operands: [Value], _ dimensions: [Int]) throws -> PreciseValue {
    let isSeries = zip(node.inputs, operands).map { input, operand in
      if case .series? = precise[input] { return true }
      return precise[input] == nil && operand.isSeries
    }
    let isFree = zip(zip(node.inputs, operands), isSeries).allSatisfy { pair, isSeries in
      isSeries || precise[pair.0] == nil && pair.1.isKnownAtEveryStep
    }
    if isSeries.contains(true), isFree, let lifted = node.operation.lifted {
      let numbers = try zip(node.inputs, operands).map { input, operand -> PreciseOperation.Operand in
        let rank = lifted.keepsRank ? dimensions.count : 0
        if case .series(let view)? = precise[input] { return .precise(view.lifted(toRank: rank)) }
        return try outer.preciseOperand(operand.lifted(toRank: rank, by: outer), of: scan.body.variables[input])
      }
      return .series(try outer.precise(lifted, numbers, [stepCount] + dimensions))
    }
    let numbers = try zip(node.inputs, operands).map { input, operand -> PreciseOperation.Operand in
      switch precise[input] {
      case .local(let view): return .precise(view)
      case .series(let view): return .precise(rows.row(of: view))
      case nil: return try inner.preciseOperand(localized(operand), of: scan.body.variables[input])
      }
    }
    return .local(try inner.precise(node.operation, numbers, dimensions))
  }
}
