import JSON
import Tensors

/// Operations that compare elements or select elements.
public enum SelectionOperation: Hashable, Sendable {
  /// Selects elements of the second operand where the first operand is not 0, and elements of the third operand elsewhere. Elements
  /// that are not selected have no influence.
  case select
  /// 1 if a relation holds for the elements, and 0 if not, in the type of the operands.
  case compare(Comparison)
  /// The elements, each limited to an interval.
  case clip(minimum: Double, maximum: Double)

  /// The name in files.
  public var name: String {
    switch self {
    case .select: "select"
    case .compare(let comparison): comparison.rawValue
    case .clip: "clip"
    }
  }

  private var operandCount: Int {
    switch self {
    case .clip: 1
    case .compare: 2
    case .select: 3
    }
  }

  /// The result for some operands.
  func evaluate(_ operands: [Tensor]) throws(TensorError) -> Tensor {
    switch self {
    case .select: try operands[0].selecting(operands[1], else: operands[2])
    case .compare(let comparison): try operands[0].compared(with: operands[1], by: comparison)
    case .clip(let minimum, let maximum): try operands[0].clipped(minimum: minimum, maximum: maximum)
    }
  }

  /// The type of the result.
  ///
  /// - Throws: `GraphError` with code `.shapeMismatch` or `.malformed` if the operands do not fit the operation.
  func resultType(of inputs: [VariableType]) throws(GraphError) -> VariableType {
    guard inputs.count == operandCount else {
      throw GraphError(.malformed, "\(name) does not take \(inputs.count) operands")
    }
    var result = inputs[0]
    switch self {
    case .select, .compare:
      guard inputs.allSatisfy({ $0.scalar == result.scalar }) else {
        throw mismatch("needs operands of the same type", inputs)
      }
      for input in inputs.dropFirst() {
        result.shape = try GraphOperation.selection(self).broadcast(result.shape, input.shape)
      }
    case .clip(let minimum, let maximum):
      guard minimum <= maximum, minimum.isFinite, maximum.isFinite, result.scalar.isFloatingPoint else {
        throw mismatch("needs floating-point numbers and a finite interval, not [\(minimum), \(maximum)]", inputs)
      }
    }
    return result
  }

  private func mismatch(_ problem: String, _ inputs: [VariableType]) -> GraphError {
    GraphError(.shapeMismatch, "\(name) \(problem), got \(inputs.map(\.description).joined(separator: " and "))")
  }
}

// MARK: Coding

extension SelectionOperation {
  /// Reads the operation with the given name in files; nil if the name is not a selection operation.
  ///
  /// - Throws: `GraphError` with code `.malformed` if attributes are missing or of the wrong type.
  init?(name: String, attributes: [Name: JSONValue]) throws {
    let json = JSONValue.object(attributes)
    if let comparison = Comparison(rawValue: name) {
      self = .compare(comparison)
    } else if name == "select" {
      self = .select
    } else if name == "clip" {
      self = .clip(minimum: try json.number("minimum"), maximum: try json.number("maximum"))
    } else {
      return nil
    }
  }

  /// The attributes of the operation in a file.
  var attributes: [Name: JSONValue] {
    switch self {
    case .clip(let minimum, let maximum): ["minimum": .real(minimum), "maximum": .real(maximum)]
    case .select, .compare: [:]
    }
  }
}
