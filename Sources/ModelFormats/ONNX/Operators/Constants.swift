import ComputationGraphs
import Names
import Tensors

extension ONNXOperators {
  /// Constants and conversions of types.
  static let constants: [String: ONNXOperator] = [
    "Constant": .direct(constant),
    "ConstantOfShape": .direct { node in
      let filling = try node.tensor("value") ?? KnownValue(tensor: Tensor([0] as [Float], shape: [1]), type: .float32)
      guard filling.tensor.shape.elementCount == 1 else { throw node.malformed("value must have exactly one element") }
      let target = try node.integers(0, "shape")
      let extents = target.compactMap(\.fixed)
      guard extents.count == target.count else {
        let number = try node.builder.constant(filling.tensor.doubles.first ?? 0, filling.tensor.type)
        return [.variable(try node.expanded(number, to: target), filling.type)]
      }
      let shape = try Shape(checking: extents)
      try node.checkAffordable(shape, as: .float64)
      return [
        .known(
          KnownValue(tensor: try filling.tensor.reshaped(to: []).broadcast(to: shape), type: filling.type))
      ]
    },
    "Range": .direct { node in
      let names = ["start", "limit", "delta"]
      let parts = try names.indices.map { try node.known($0, names[$0]) }
      let numbers = parts.compactMap { $0.tensor.doubles.first }
      guard numbers.count == 3, numbers[2] != 0 else {
        throw node.malformed("start, limit and delta must be three numbers, and delta must not be 0")
      }
      let count = ((numbers[1] - numbers[0]) / numbers[2]).rounded(.up)
      guard count.isFinite, count <= Double(Windows.largest) else {
        throw node.malformed("the range has \(count) numbers; at most \(Windows.largest) are possible")
      }
      try node.checkAffordable(Shape(checking: [Int(max(count, 0))]), as: .float64)
      let elements = (0..<Int(max(count, 0))).map { numbers[0] + Double($0) * numbers[2] }
      let tensor = try Tensor(elements, shape: [elements.count]).converted(to: parts[0].tensor.type)
      return [.known(KnownValue(tensor: tensor, type: parts[0].type))]
    },
    "Cast": .direct { node in
      node.ignoreAttributes("saturate", "round_mode")
      guard let number = try node.integer("to"), let type = ElementType(rawValue: number) else {
        throw node.malformed("the type is missing or unknown")
      }
      return [try node.cast(node.value(0), to: type)]
    },
    "CastLike": .direct { node in
      node.ignoreAttributes("saturate", "round_mode")
      return [try node.cast(node.value(0), to: node.value(1).type)]
    },
  ]

  private static func constant(_ node: ONNXNode) throws -> [ONNXValue] {
    func known(_ tensor: Tensor, _ type: ElementType) -> [ONNXValue] {
      [.known(KnownValue(tensor: tensor, type: type))]
    }
    if let value = try node.tensor("value") { return [.known(value)] }
    if let number = try node.number("value_float") { return known(try Tensor([Float(number)], shape: []), .float32) }
    if let number = try node.integer("value_int") { return known(try Tensor([Int64(number)], shape: []), .int64) }
    if let numbers = try node.numbers("value_floats") {
      return known(try Tensor(numbers.map { Float($0) }, shape: [numbers.count]), .float32)
    }
    if let numbers = try node.integers("value_ints") {
      return known(try Tensor(numbers.map { Int64($0) }, shape: [numbers.count]), .int64)
    }
    throw node.unsupported("a value that is not a dense array of numbers")
  }
}

extension ONNXNode {
  /// Converts a value to another element type.
  fileprivate func cast(_ value: ONNXValue, to type: ElementType) throws -> ONNXValue {
    guard value.type != type else { return value }
    switch value {
    case .symbolic:
      guard type.isInteger else { throw unsupported("a symbolic dimension as \(type.name)") }
      return value
    case .known(let known): return .known(try cast(known, to: type))
    case .sequence: throw unsupported("a sequence as an input")
    case .variable(let variable, let old):
      let refusal = unsupported("a conversion of \(old.name) to \(type.name) when the model runs")
      guard let scalar = type.computed else { throw refusal }
      if type == .boolean {
        return .variable(
          try variable.compared(with: builder.constant(0, variable.type.scalar), by: .notEqual), .boolean)
      }
      if old == .boolean {
        if !scalar.isFloatingPoint, variable.type.scalar.isFloatingPoint { throw refusal }
        return .variable(try truthValue(variable, as: scalar), type)
      }
      guard variable.type.scalar == scalar else { throw refusal }
      importer.noteWidening(of: type)
      return .variable(variable, type)
    }
  }

  private func cast(_ known: KnownValue, to type: ElementType) throws -> KnownValue {
    var result = known
    result.type = type
    guard let stored = type.stored else { throw unsupported("a conversion to \(type.name)") }
    if type == .boolean {
      result.tensor = try Tensor(known.tensor.doubles.map { Int64($0 == 0 ? 0 : 1) }, shape: known.tensor.shape)
    } else if type.isFloatingPoint {
      // Round the numbers to the type, because the file keeps its numbers in this type.
      let floating = try known.tensor.converted(
        to: known.tensor.type == .float64 || stored == .float64 ? .float64 : .float32)
      result.tensor = try Tensor(
        littleEndianBytes: floating.littleEndianBytes(as: stored), as: stored, shape: floating.shape)
    } else if known.tensor.type != .int64 {
      let integers = try known.tensor.doubles.map { number in
        guard let integer = Int64(exactly: number.rounded(.towardZero)) else {
          throw unsupported("a conversion of \(number) to \(type.name)")
        }
        return integer
      }
      result.tensor = try Tensor(integers, shape: known.tensor.shape)
    }
    if type.isInteger, (try? result.tensor.littleEndianBytes(as: stored)) == nil {
      throw unsupported("a conversion of numbers beyond the range of \(type.name)")
    }
    return result
  }
}
