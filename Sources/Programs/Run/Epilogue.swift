import CKernels

/// An operation on each element of the result of a fusible instruction, as a matrix of pixels and channels.
enum Epilogue: Sendable {
  case unary(ck_unary_operation)
  case clip(minimum: Float, maximum: Float)
  /// A function of the elements and of other numbers at the same positions. The other numbers may be the first operand.
  case binary(ck_binary_operation, ArrayView, isFirst: Bool)
  case normalize(Normalization)
  /// A function of the elements and of a copy of the elements, after separate operations on both, such as x · tanh(x). The copy
  /// may be the first operand.
  indirect case gate([Epilogue], copy: [Epilogue], ck_binary_operation, isFirst: Bool)

  /// (Element − first) / fourth · second + third. There may be no fourth matrix. An addition of other numbers at the same positions, and
  /// an activation, may follow.
  struct Normalization: Sendable {
    /// Each of these matrices has one row for each group of pixels, or one row for all. A stride of 0 stands for one number for all
    /// channels.
    let coefficients: [ArrayView]
    var addend: ArrayView?
    var activation = Activation.none
  }

  /// The last step of a pass that applies a normalization.
  enum Activation: Sendable {
    case none, rectify, logistic, hyperbolicTangent
    case clip(minimum: Float, maximum: Float)
    /// x · logistic(x)
    case logisticGate
    /// x · clip((x − first) · second + third), with three numbers
    case clipGate([ArrayView], minimum: Float, maximum: Float)
  }

  /// The views that the operation reads, besides the result.
  var operands: [ArrayView] {
    switch self {
    case .normalize(let normalization): normalization.operands
    case .binary(_, let other, _): [other]
    case .gate(let steps, let copySteps, _, _): (steps + copySteps).flatMap(\.operands)
    case .unary, .clip: []
    }
  }

  /// This operation and the next one in a single pass; nil if there is no such pass.
  fileprivate func merged(with next: Epilogue) -> Epilogue? {
    guard case .normalize(var result) = self, case .none = result.activation else { return nil }
    switch next {
    case .binary(ck_add, let other, _) where result.addend == nil: result.addend = other
    case .unary(ck_rectify): result.activation = .rectify
    case .unary(ck_logistic): result.activation = .logistic
    case .unary(ck_hyperbolic_tangent): result.activation = .hyperbolicTangent
    case .clip(let minimum, let maximum): result.activation = .clip(minimum: minimum, maximum: maximum)
    case .gate(let steps, let copySteps, ck_multiply_elements, _):
      guard let function = steps.isEmpty ? copySteps.first : steps.first, steps.count + copySteps.count == 1,
        let gate = function.gate
      else { return nil }
      result.activation = gate
    default: return nil
    }
    return .normalize(result)
  }

  /// The product of an element with this function of the element; nil if there is no such activation.
  private var gate: Activation? {
    switch self {
    case .unary(ck_logistic): return .logisticGate
    case .normalize(let inner):
      guard case .clip(let minimum, let maximum) = inner.activation, inner.addend == nil,
        inner.coefficients.count == 3, inner.coefficients.allSatisfy(\.isOneNumber)
      else { return nil }
      return .clipGate(inner.coefficients, minimum: minimum, maximum: maximum)
    default: return nil
    }
  }

  /// Applies the operation to the numbers of some pixels, which are dense.
  func apply(to numbers: UnsafeMutablePointer<Float>, of pixels: Range<Int>, channels: Int, in memory: Memory) {
    let count = pixels.count * channels
    switch self {
    case .unary(let function): ck_unary(function, numbers, numbers, count)
    case .clip(let minimum, let maximum): ck_clip(numbers, minimum, maximum, numbers, count)
    case .normalize(let normalization):
      var epilogue = normalization.kernel(in: memory, group: 0, from: pixels.lowerBound)
      ck_apply_epilogue(&epilogue, numbers, pixels.count, channels, channels)
    case .binary(let function, let view, let isFirst):
      let others = memory[view] + pixels.lowerBound * channels
      if isFirst {
        ck_binary(function, others, 1, numbers, 1, numbers, count)
      } else {
        ck_binary(function, numbers, 1, others, 1, numbers, count)
      }
    case .gate(let steps, let copySteps, let function, let isFirst):
      withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { copy in
        guard let gates = copy.baseAddress else { return }
        gates.update(from: numbers, count: count)
        for step in copySteps { step.apply(to: gates, of: pixels, channels: channels, in: memory) }
        for step in steps { step.apply(to: numbers, of: pixels, channels: channels, in: memory) }
        ck_binary(function, isFirst ? gates : numbers, 1, isFirst ? numbers : gates, 1, numbers, count)
      }
    }
  }
}

extension Epilogue.Normalization {
  /// The number of groups of pixels.
  var groupCount: Int { coefficients.map { $0.dimensions[0] }.max() ?? 1 }

  var operands: [ArrayView] {
    let gates: [ArrayView] = if case .clipGate(let numbers, _, _) = activation { numbers } else { [] }
    return coefficients + [addend].compactMap { $0 } + gates
  }

  /// The operations on the pixels of a group from a pixel on, as the kernels take them.
  func kernel(in memory: Memory, group: Int, from pixel: Int) -> ck_epilogue {
    let numbers = coefficients.map { UnsafePointer(memory[$0] + group * $0.strides[0]) }
    let strides = coefficients.map { $0.strides[1] }
    var result = ck_epilogue()
    (result.center, result.scale, result.shift) = (numbers[0], numbers[1], numbers[2])
    (result.center_stride, result.scale_stride, result.shift_stride) = (strides[0], strides[1], strides[2])
    if coefficients.count > 3 { (result.divisor, result.divisor_stride) = (numbers[3], strides[3]) }
    if let addend {
      let stride = addend.strides[0]
      (result.addend, result.addend_stride) = (UnsafePointer(memory[addend] + pixel * stride), stride)
    }
    switch activation {
    case .none: result.activation = ck_activation_none
    case .rectify: result.activation = ck_activation_rectify
    case .logistic: result.activation = ck_activation_logistic
    case .hyperbolicTangent: result.activation = ck_activation_hyperbolic_tangent
    case .clip(let minimum, let maximum):
      result.activation = ck_activation_clip
      (result.minimum, result.maximum) = (minimum, maximum)
    case .logisticGate: result.activation = ck_activation_logistic_gate
    case .clipGate(let numbers, let minimum, let maximum):
      result.activation = ck_activation_clip_gate
      (result.minimum, result.maximum) = (minimum, maximum)
      result.gate_center = memory[numbers[0]].pointee
      result.gate_scale = memory[numbers[1]].pointee
      result.gate_shift = memory[numbers[2]].pointee
    }
    return result
  }
}

extension [Epilogue] {
  /// Adds an operation, in the same pass as the last one if possible.
  mutating func append(merging epilogue: Element) {
    if let merged = last?.merged(with: epilogue) {
      self[count - 1] = merged
    } else {
      append(epilogue)
    }
  }
}
