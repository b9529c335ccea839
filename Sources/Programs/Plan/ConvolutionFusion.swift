import CKernels

/// The fusion of convolutions with the elementwise operations on their results: normalizations, activations, and sums with a shortcut.
///
/// The convolution applies the operations to each block of pixels while the block is in a cache. The operations and their order stay
/// the same, so the results have the same bits.
struct ConvolutionFusion {
  /// The instructions with as few passes over images as possible.
  private(set) var instructions: [any Instruction]
  /// The number of reads of each buffer, by instructions and as results.
  private var readCounts: [Int: Int] = [:]
  /// The index of the last instruction that writes each buffer.
  private var writers: [Int: Int] = [:]

  /// - Parameter kept: The views that are needed after the last instruction.
  init(_ instructions: [any Instruction], keeping kept: [ArrayView]) {
    self.instructions = instructions
    for view in kept { readCounts[view.buffer, default: 0] += 1 }
    for (index, instruction) in instructions.enumerated() {
      for view in instruction.reads { readCounts[view.buffer, default: 0] += 1 }
      for view in instruction.writes { writers[view.buffer] = index }
    }
    var removed: Set<Int> = []
    for index in instructions.indices {
      guard var convolution = instructions[index] as? ImageConvolution else { continue }
      while let (next, epilogue, result) = successor(of: convolution, at: index) {
        convolution.append(epilogue, to: result)
        writers[result.buffer] = index
        removed.insert(next)
      }
      self.instructions[index] = convolution
    }
    self.instructions = self.instructions.indices.filter { !removed.contains($0) }.map { self.instructions[$0] }
  }

  /// The only instruction that reads the result of a convolution; nil if the convolution cannot apply it.
  private func successor(
    of convolution: ImageConvolution, at index: Int
  ) -> (index: Int, epilogue: ImageConvolution.Epilogue, result: ArrayView)? {
    let buffer = convolution.result.buffer
    guard readCounts[buffer] == 1,
      let next = instructions.indices.dropFirst(index + 1).first(where: { next in
        instructions[next].reads.contains { $0.buffer == buffer }
      }), let operation = instructions[next] as? Elementwise, writers[operation.result.buffer] == next,
      operation.result.hasPlaces(of: convolution.result),
      let lane = operation.operands.firstIndex(where: { $0.buffer == buffer }),
      operation.operands[lane].offset == convolution.result.offset,
      operation.operands[lane].hasPlaces(of: convolution.result)
    else { return nil }
    // Everything else must be known before the convolution begins.
    for (other, operand) in operation.operands.enumerated() where other != lane {
      guard writers[operand.buffer].map({ $0 < index }) ?? true else { return nil }
    }
    guard let epilogue = epilogue(operation, lane: lane, over: convolution.result) else { return nil }
    return (next, epilogue, operation.result)
  }

  private func epilogue(
    _ operation: Elementwise, lane: Int, over images: ArrayView
  ) -> ImageConvolution.Epilogue? {
    switch operation.function {
    case .unary(let function): return .unary(function)
    case .clip(let minimum, let maximum): return .clip(minimum: minimum, maximum: maximum)
    case .normalize:
      guard lane == 0 else { return nil }
      let coefficients = operation.operands.dropFirst()
      guard coefficients.allSatisfy(\.isPerChannel) else { return nil }
      return .normalize(Array(coefficients))
    case .binary(let function):
      let other = operation.operands[1 - lane]
      guard other.hasPlaces(of: images) else { return nil }
      return .binary(function, other, isFirst: lane == 1)
    case .copy, .select: return nil
    }
  }
}

extension ArrayView {
  /// Whether corresponding elements are at the same distance from the first one.
  fileprivate func hasPlaces(of other: ArrayView) -> Bool {
    dimensions == other.dimensions
      && dimensions.indices.allSatisfy { dimensions[$0] == 1 || strides[$0] == other.strides[$0] }
  }

  /// Whether there is one number for each channel of images, or one number for all.
  fileprivate var isPerChannel: Bool {
    dimensions.count == 4 && [0, 2, 3].allSatisfy { strides[$0] == 0 || dimensions[$0] == 1 }
      && (strides[1] == 0 || strides[1] == 1)
  }
}
