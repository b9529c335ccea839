/// Typed reading of JSON objects, with errors that name the key.
extension AttributeValue {
  /// The members of an object.
  ///
  /// - Throws: `GraphError` with code `.malformed` for anything else.
  public func members() throws(GraphError) -> [String: AttributeValue] {
    guard case .object(let members) = self else { throw GraphError(.malformed, "a value is \(kind), not an object") }
    return members
  }

  /// The elements of a list.
  ///
  /// - Throws: `GraphError` with code `.malformed` for anything else.
  public func elements() throws(GraphError) -> [AttributeValue] {
    guard case .list(let elements) = self else { throw GraphError(.malformed, "a value is \(kind), not a list") }
    return elements
  }

  /// The text.
  ///
  /// - Throws: `GraphError` with code `.malformed` for anything else.
  public func text() throws(GraphError) -> String {
    guard case .text(let text) = self else { throw GraphError(.malformed, "a value is \(kind), not text") }
    return text
  }

  /// The integer.
  ///
  /// - Throws: `GraphError` with code `.malformed` for anything else, and beyond 64 bits.
  public func integer() throws(GraphError) -> Int {
    guard case .integer(let integer) = self else { throw GraphError(.malformed, "a value is \(kind), not an integer") }
    return integer
  }

  /// The number as a double.
  ///
  /// - Throws: `GraphError` with code `.malformed` for anything else.
  public func number() throws(GraphError) -> Double {
    switch self {
    case .real(let real): return real
    case .integer(let integer): return Double(integer)
    default: throw GraphError(.malformed, "a value is \(kind), not a number")
    }
  }

  /// The truth value.
  ///
  /// - Throws: `GraphError` with code `.malformed` for anything else.
  public func boolean() throws(GraphError) -> Bool {
    guard case .boolean(let value) = self else { throw GraphError(.malformed, "a value is \(kind), not true or false") }
    return value
  }

  /// What `read` makes of a member of an object.
  ///
  /// - Throws: `GraphError` with code `.malformed` naming the key, where it is missing or not of the kind.
  public func member<Value>(
    _ key: String, _ read: (AttributeValue) throws(GraphError) -> Value
  ) throws(GraphError) -> Value {
    guard let value = try optionalMember(key, read) else {
      throw GraphError(.malformed, "the key \"\(key)\" is missing")
    }
    return value
  }

  /// What `read` makes of a member of an object; nil where it is missing or null.
  ///
  /// - Throws: `GraphError` with code `.malformed` naming the key, where it is not of the kind.
  public func optionalMember<Value>(
    _ key: String, _ read: (AttributeValue) throws(GraphError) -> Value
  ) throws(GraphError) -> Value? {
    guard let value = try members()[key], value != .null else { return nil }
    do throws(GraphError) {
      return try read(value)
    } catch {
      throw GraphError(error.code, "\(key)\(error.message.hasPrefix("[") ? "" : ": ")\(error.message)")
    }
  }

  /// What `read` makes of every element of a list.
  ///
  /// - Throws: `GraphError` with code `.malformed` naming the index of an element that is not of the kind.
  public func list<Value>(_ read: (AttributeValue) throws(GraphError) -> Value) throws(GraphError) -> [Value] {
    var values: [Value] = []
    for (index, element) in try elements().enumerated() {
      do throws(GraphError) {
        values.append(try read(element))
      } catch {
        throw GraphError(error.code, "[\(index)]: \(error.message)")
      }
    }
    return values
  }

  /// The text of a member. Throws as `member(_:_:)`.
  public func text(_ key: String) throws(GraphError) -> String {
    try member(key) { (value) throws(GraphError) in try value.text() }
  }

  /// The integer of a member. Throws as `member(_:_:)`.
  public func integer(_ key: String) throws(GraphError) -> Int {
    try member(key) { (value) throws(GraphError) in try value.integer() }
  }

  /// The number of a member. Throws as `member(_:_:)`.
  public func number(_ key: String) throws(GraphError) -> Double {
    try member(key) { (value) throws(GraphError) in try value.number() }
  }

  /// The truth value of a member. Throws as `member(_:_:)`.
  public func boolean(_ key: String) throws(GraphError) -> Bool {
    try member(key) { (value) throws(GraphError) in try value.boolean() }
  }

  /// The integers of a list. Throws as `list(_:)`.
  public func integers() throws(GraphError) -> [Int] {
    try list { (element) throws(GraphError) in try element.integer() }
  }

  /// The texts of a list. Throws as `list(_:)`.
  public func texts() throws(GraphError) -> [String] {
    try list { (element) throws(GraphError) in try element.text() }
  }

  /// The integers of a member's list. Throws as `member(_:_:)`.
  public func integers(_ key: String) throws(GraphError) -> [Int] {
    try member(key) { (value) throws(GraphError) in try value.integers() }
  }

  /// What `read` makes of every element of a member's list. Throws as `member(_:_:)`.
  public func list<Value>(
    _ key: String, _ read: (AttributeValue) throws(GraphError) -> Value
  ) throws(GraphError) -> [Value] {
    try member(key) { (value) throws(GraphError) in try value.list(read) }
  }

  /// A list of integers.
  public static func integers(_ values: [Int]) -> AttributeValue { .list(values.map(AttributeValue.integer)) }

  /// An object of those members that are not nil.
  public static func object(omittingNil members: [String: AttributeValue?]) -> AttributeValue {
    .object(members.compactMapValues { $0 })
  }

  private var kind: String {
    switch self {
    case .boolean: "true or false"
    case .integer: "an integer"
    case .real: "a number"
    case .text: "text"
    case .list: "a list"
    case .object: "an object"
    case .null: "null"
    }
  }
}

extension AttributeValue: ExpressibleByDictionaryLiteral {
  /// An object.
  public init(dictionaryLiteral elements: (String, AttributeValue)...) {
    self = .object(Dictionary(elements) { $1 })
  }
}
