@_exported import Names

/// A JSON value. Two values are equal if their canonical texts are equal. So texts and keys are compared by bytes, 1 differs
/// from 1.0, and 0.0 differs from −0.0.
public enum JSONValue: Sendable {
  /// `true` or `false`.
  case boolean(Bool)
  /// A number without fraction and exponent that fits 64 bits.
  case integer(Int)
  /// Any other number.
  case real(Double)
  /// A string.
  case text(String)
  /// An array.
  case list([JSONValue])
  /// An object. Its keys are compared by their bytes.
  case object([Name: JSONValue])
  /// `null`.
  case null
}

extension JSONValue: Hashable {
  /// Whether both values have the same canonical text.
  public static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.boolean(let left), .boolean(let right)): left == right
    case (.integer(let left), .integer(let right)): left == right
    case (.real(let left), .real(let right)): left.bitPattern == right.bitPattern
    case (.text(let left), .text(let right)): Name(left) == Name(right)
    case (.list(let left), .list(let right)): left == right
    case (.object(let left), .object(let right)): left == right
    case (.null, .null): true
    default: false
    }
  }

  /// Hashes the parts of the value that `==` compares.
  public func hash(into hasher: inout Hasher) {
    switch self {
    case .boolean(let value): hasher.combine(value)
    case .integer(let value): hasher.combine(value)
    case .real(let value): hasher.combine(value.bitPattern)
    case .text(let value): hasher.combine(Name(value))
    case .list(let value): hasher.combine(value)
    case .object(let value): hasher.combine(value)
    case .null: hasher.combine(0)
    }
  }
}
