import CKernels
import ComputationGraphs
import Tensors

// Chains of additions and multiplications.
extension Lowering {
  /// The view of a chain's result. Instructions compute it, unless they did so before.
  func result(of affine: Affine) throws -> ArrayView {
    let rank = affine.source.dimensions.count
    let coefficients = try [affine.center ?? .zero, affine.scale ?? .one, affine.shift ?? .zero].map { coefficient in
      let (tensor, isPerStep) = try coefficient.rounded(rank: isScalar(coefficient) ? 0 : rank)
      return try view(isPerStep ? .steps(tensor) : .known(tensor))
    }
    let key = [affine.source, affine.mean, affine.deviation, affine.addend] + coefficients
    if let known = chains[key] { return known }
    let dimensions = affine.source.dimensions
    let operands = [affine.source, affine.mean ?? coefficients[0], coefficients[1], coefficients[2]]
    var result = try elementwise(.normalize, operands + [affine.deviation].compactMap { $0 }, dimensions)
    if let addend = affine.addend { result = try elementwise(.binary(ck_add), [result, addend], dimensions) }
    chains[key] = result
    return result
  }

  private func isScalar(_ coefficient: Coefficient) -> Bool {
    if case .known(let tensor) = coefficient { tensor.shape.rank == 0 } else { false }
  }

  /// A chain of additions and multiplications with known numbers, extended by one more operation; nil if neither operand is
  /// known, or if the result is larger than the chain.
  func chain(_ operation: BinaryOperation, _ operands: [Value], _ dimensions: [Int]) throws -> Affine? {
    for (place, other) in [(0, 1), (1, 0)] {
      let coefficient: Coefficient?
      switch operands[other] {
      case .known(let tensor): coefficient = Coefficient(tensor, perStep: false)
      case .steps(let tensor): coefficient = Coefficient(tensor, perStep: true)
      default: continue
      }
      let chain: Affine
      switch operands[place] {
      case .view(let view): chain = Affine(source: view)
      case .affine(let affine): chain = affine
      default: continue
      }
      guard let coefficient, chain.source.dimensions == dimensions else { return nil }
      let isReversed = place == 1
      if let longer = chain.applying(operation, coefficient, isReversed: isReversed) { return longer }
      guard chain.addend != nil else { return nil }
      return Affine(source: try result(of: chain)).applying(operation, coefficient, isReversed: isReversed)
    }
    return nil
  }

  /// A normalization by numbers that are not known, such as statistics of the minibatch: the difference from the means, or the quotient of
  /// this difference and the deviations; nil for other operations.
  func normalization(_ operation: BinaryOperation, _ operands: [Value], _ dimensions: [Int]) throws -> Affine? {
    guard case .view(let statistic) = operands[1], operands[0].dimensions == dimensions,
      statistic.elementCount < dimensions.reduce(1, *)
    else { return nil }
    switch (operation, operands[0]) {
    case (.subtract, _): return Affine(source: try view(operands[0]), mean: statistic)
    case (.divide, .affine(var chain)):
      guard chain.mean != nil, chain.deviation == nil, chain.scale == nil, chain.shift == nil, chain.addend == nil
      else { return nil }
      chain.deviation = statistic
      return chain
    default: return nil
    }
  }

  /// The sum of a chain and of numbers that are not known; nil if the operation is not such a sum. If both operands are chains, the
  /// chain with the earlier source becomes instructions now. Its result is the addend of the other chain, so it must exist before that
  /// chain is computed.
  func sum(_ operation: BinaryOperation, _ operands: [Value], _ dimensions: [Int]) throws -> Affine? {
    guard operation == .add, operands.allSatisfy({ $0.dimensions == dimensions }) else { return nil }
    let chains = operands.map { operand in if case .affine(let chain) = operand { chain } else { nil as Affine? } }
    let buffers = chains.map { $0.flatMap { $0.addend == nil ? $0.source.buffer : nil } ?? -1 }
    let last = buffers[0] > buffers[1] ? 0 : 1
    guard buffers[last] >= 0, var chain = chains[last] else { return nil }
    chain.addend = try view(operands[1 - last])
    return chain
  }
}
