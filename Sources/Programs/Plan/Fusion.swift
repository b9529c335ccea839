import CKernels

/// The fusion of matrix products, convolutions and normalizations with the elementwise operations on their results: normalizations,
/// activations, gates such as x · logistic(x), and sums with a shortcut.
///
/// The first instruction applies the operations to each block of its result while the block is in a cache. The operations and their
/// order stay the same, so the results have the same bits.
struct Fusion {
  /// The instructions after the fusion, with as few passes over results as possible.
  private(set) var instructions: [any Instruction]
  /// The number of reads of each buffer. A result of the program counts as a read.
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
    for index in instructions.indices where !removed.contains(index) {
      guard var source = instructions[index] as? any FusibleInstruction ?? NormalizationPass(instructions[index])
      else { continue }
      while let step = successor(of: source, at: index) ?? gate(of: source, at: index),
        source.append(step.epilogue, to: step.result)
      {
        writers[step.result.buffer] = index
        removed.formUnion(step.indices)
      }
      self.instructions[index] = source
    }
    for index in self.instructions.indices where !removed.contains(index) {
      guard var convolution = self.instructions[index] as? ImageConvolution,
        let copy = copy(of: convolution, at: index, except: removed),
        let place = self.instructions[copy] as? Rearrangement
      else { continue }
      convolution.place(in: place.result)
      self.instructions[index] = convolution
      removed.insert(copy)
    }
    self.instructions = self.instructions.indices.filter { !removed.contains($0) }.map { self.instructions[$0] }
  }

  /// Instructions that a fusible instruction replaces, and the view that the last of these instructions writes.
  private struct Step {
    var indices: [Int]
    var epilogue: Epilogue
    var result: ArrayView
  }

  /// The only instruction that reads the result of a fusible instruction; nil if the latter cannot apply it.
  private func successor(of source: any FusibleInstruction, at index: Int) -> Step? {
    guard readCounts[source.result.buffer] == 1, let next = readers(of: source.result, after: index).first
    else { return nil }
    return step(next, on: source.result, of: source, at: index)
  }

  /// The only reader of a convolution's result, if this reader copies the pixels into a part of other images, as a
  /// concatenation does. The convolution can write the pixels there itself.
  private func copy(of convolution: ImageConvolution, at index: Int, except removed: Set<Int>) -> Int? {
    let images = convolution.result
    guard convolution.canBePlaced, readCounts[images.buffer] == 1,
      let next = readers(of: images, after: index).first(where: { !removed.contains($0) }),
      let copy = instructions[next] as? Rearrangement, copy.source.isSame(as: images), copy.result.hasEvenPixels
    else { return nil }
    // Other parts may be written before or after this part. But an instruction that fills all images, such as padding, must
    // come first.
    let writers = instructions.filter { $0.writes.contains { $0.buffer == copy.result.buffer } }
    return writers.allSatisfy { $0 is Rearrangement || $0 is ImageConvolution } ? next : nil
  }

  /// The instructions of a gate such as x · logistic(x): operations on a result, operations on a copy of the result, and their
  /// combination. Nil if the fusible instruction cannot apply them.
  private func gate(of source: any FusibleInstruction, at index: Int) -> Step? {
    let result = source.result
    let readers = readers(of: result, after: index)
    guard readCounts[result.buffer] == 2, readers.count == 2 else { return nil }
    let branches = readers.map { branch(of: source, from: $0, at: index) }
    let end = branches[0].end
    guard branches[1].end == end, let last = instructions[end] as? Elementwise,
      case .binary(let function) = last.function, last.result.hasPlaces(of: result), writers[last.result.buffer] == end
    else { return nil }
    let lanes = branches.map { branch in last.operands.firstIndex { $0.isSame(as: branch.result) } }
    guard let own = lanes[0], lanes[1] == 1 - own else { return nil }
    return Step(
      indices: branches.flatMap(\.indices) + [end],
      epilogue: .gate(branches[0].steps, copy: branches[1].steps, function, isFirst: own == 1), result: last.result)
  }

  /// The operations that follow one another on a result, up to an instruction that the fusible instruction cannot apply.
  private func branch(
    of source: any FusibleInstruction, from first: Int, at index: Int
  ) -> (indices: [Int], steps: [Epilogue], result: ArrayView, end: Int) {
    var (indices, steps, view, next) = ([Int](), [Epilogue](), source.result, first)
    while let step = step(next, on: view, of: source, at: index), readCounts[step.result.buffer] == 1,
      let reader = readers(of: step.result, after: next).first
    {
      indices.append(next)
      steps.append(merging: step.epilogue)
      (view, next) = (step.result, reader)
    }
    return (indices, steps, view, next)
  }

  /// The indices of the instructions that read a view's buffer, after the instruction with the given index.
  private func readers(of view: ArrayView, after index: Int) -> [Int] {
    instructions.indices.dropFirst(index + 1).filter { next in
      instructions[next].reads.contains { $0.buffer == view.buffer }
    }
  }

  /// An instruction on the numbers of a view, as an operation of the fusible instruction with the given index; nil if the latter cannot
  /// apply it.
  private func step(_ next: Int, on view: ArrayView, of source: any FusibleInstruction, at index: Int) -> Step? {
    guard let operation = instructions[next] as? Elementwise, writers[operation.result.buffer] == next,
      operation.result.hasPlaces(of: view), let lane = operation.operands.firstIndex(where: { $0.isSame(as: view) })
    else { return nil }
    // All other operands must be computed before the fusible instruction begins.
    for (other, operand) in operation.operands.enumerated() where other != lane {
      guard writers[operand.buffer].map({ $0 < index }) ?? true else { return nil }
    }
    guard let epilogue = epilogue(operation, lane: lane, on: view, of: source) else { return nil }
    return Step(indices: [next], epilogue: epilogue, result: operation.result)
  }

  private func epilogue(
    _ operation: Elementwise, lane: Int, on view: ArrayView, of source: any FusibleInstruction
  ) -> Epilogue? {
    switch operation.function {
    case .unary(let function): return .unary(function)
    case .clip(let minimum, let maximum): return .clip(minimum: minimum, maximum: maximum)
    case .normalize:
      guard lane == 0 else { return nil }
      let coefficients = operation.operands.dropFirst().compactMap(source.coefficients)
      guard coefficients.count == operation.operands.count - 1 else { return nil }
      return .normalize(Epilogue.Normalization(coefficients: coefficients))
    case .binary(let function):
      let other = operation.operands[1 - lane]
      guard other.hasPlaces(of: view) else { return nil }
      return .binary(function, source.pixels(of: other), isFirst: lane == 1)
    case .copy, .select: return nil
    }
  }
}

extension ArrayView {
  /// Whether corresponding elements are at the same distance from the first element.
  func hasPlaces(of other: ArrayView) -> Bool {
    dimensions == other.dimensions
      && dimensions.indices.allSatisfy { dimensions[$0] == 1 || strides[$0] == other.strides[$0] }
  }

  /// Whether both views have the same elements at the same positions.
  fileprivate func isSame(as other: ArrayView) -> Bool {
    buffer == other.buffer && offset == other.offset && hasPlaces(of: other)
  }

  /// Whether the channels of each pixel follow one another, and the distance from pixel to pixel is the same everywhere.
  fileprivate var hasEvenPixels: Bool {
    guard dimensions.count == 4, strides[1] == 1 || dimensions[1] == 1 else { return false }
    var expected = pixelStride
    for axis in [3, 2, 0] where dimensions[axis] != 1 {
      guard strides[axis] == expected else { return false }
      expected *= dimensions[axis]
    }
    return true
  }
}
