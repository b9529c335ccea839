import Names

/// Typed reading of JSON values. Errors name the key and the index of the wrong value.
extension JSONValue {
  /// The members of an object.
  ///
  /// - Throws: `JSONError` if the value is not an object.
  public func members() throws(JSONError) -> [Name: JSONValue] {
    guard case .object(let members) = self else { throw JSONError("a value is \(kind), not an object") }
    return members
  }

  /// The elements of a list.
  ///
  /// - Throws: `JSONError` if the value is not a list.
  public func elements() throws(JSONError) -> [JSONValue] {
    guard case .list(let elements) = self else { throw JSONError("a value is \(kind), not a list") }
    return elements
  }

  /// The text.
  ///
  /// - Throws: `JSONError` if the value is not text.
  public func text() throws(JSONError) -> String {
    guard case .text(let text) = self else { throw JSONError("a value is \(kind), not text") }
    return text
  }

  /// The text as a name, which is compared by its bytes.
  ///
  /// - Throws: `JSONError` if the value is not text.
  public func name() throws(JSONError) -> Name { Name(try text()) }

  /// The integer.
  ///
  /// - Throws: `JSONError` if the value is not an integer, for example if it is a number with a fraction or beyond 64 bits.
  public func integer() throws(JSONError) -> Int {
    guard case .integer(let integer) = self else { throw JSONError("a value is \(kind), not an integer") }
    return integer
  }

  /// The number as a double.
  ///
  /// - Throws: `JSONError` if the value is not a number.
  public func number() throws(JSONError) -> Double {
    switch self {
    case .real(let real): return real
    case .integer(let integer): return Double(integer)
    default: throw JSONError("a value is \(kind), not a number")
    }
  }

  /// The boolean.
  ///
  /// - Throws: `JSONError` if the value is not a boolean.
  public func boolean() throws(JSONError) -> Bool {
    guard case .boolean(let value) = self else { throw JSONError("a value is \(kind), not true or false") }
    return value
  }

  /// A member of an object, read by a closure.
  ///
  /// - Throws: `JSONError` that names the key if it is missing; the errors of `read`, with the key in front of the message.
  public func member<Value>(
    _ key: Name, _ read: (JSONValue) throws -> Value
  ) throws -> Value {
    guard let value = try optionalMember(key, read) else {
      throw JSONError("the key \"\(key)\" is missing")
    }
    return value
  }

  /// A member of an object, read by a closure; nil if the member is missing or null.
  ///
  /// - Throws: The errors of `read`, with the key in front of the message.
  public func optionalMember<Value>(
    _ key: Name, _ read: (JSONValue) throws -> Value
  ) throws -> Value? {
    guard let value = try members()[key], value != .null else { return nil }
    do {
      return try read(value)
    } catch let error as any JSONLocatable {
      throw error.inside(key: key.text)
    }
  }

  /// A member of an object, read by a closure; nil if the member is null. A missing member is an error.
  ///
  /// - Throws: `JSONError` that names the key if it is missing; the errors of `read`, with the key in front of the message.
  public func nullableMember<Value>(
    _ key: Name, _ read: (JSONValue) throws -> Value
  ) throws -> Value? {
    guard try members()[key] != nil else { throw JSONError("the key \"\(key)\" is missing") }
    return try optionalMember(key, read)
  }

  /// The elements of a list, each read by a closure.
  ///
  /// - Throws: The errors of `read`, with the index of the element in front of the message.
  public func list<Value>(_ read: (JSONValue) throws -> Value) throws -> [Value] {
    var values: [Value] = []
    for (index, element) in try elements().enumerated() {
      do {
        values.append(try read(element))
      } catch let error as any JSONLocatable {
        throw error.inside(index: index)
      }
    }
    return values
  }

  /// The text of a member. Throws the errors of `member(_:_:)`.
  public func text(_ key: Name) throws -> String {
    try member(key) { try $0.text() }
  }

  /// The name of a member. Throws the errors of `member(_:_:)`.
  public func name(_ key: Name) throws -> Name {
    try member(key) { try $0.name() }
  }

  /// The integer of a member. Throws the errors of `member(_:_:)`.
  public func integer(_ key: Name) throws -> Int {
    try member(key) { try $0.integer() }
  }

  /// The number of a member. Throws the errors of `member(_:_:)`.
  public func number(_ key: Name) throws -> Double {
    try member(key) { try $0.number() }
  }

  /// The boolean of a member. Throws the errors of `member(_:_:)`.
  public func boolean(_ key: Name) throws -> Bool {
    try member(key) { try $0.boolean() }
  }

  /// The integers of a list. Throws the errors of `list(_:)`.
  public func integers() throws -> [Int] {
    try list { try $0.integer() }
  }

  /// The texts of a list. Throws the errors of `list(_:)`.
  public func texts() throws -> [String] {
    try list { try $0.text() }
  }

  /// The names of a list. Throws the errors of `list(_:)`.
  public func names() throws -> [Name] {
    try list { try $0.name() }
  }

  /// The integers of a member's list. Throws the errors of `member(_:_:)`.
  public func integers(_ key: Name) throws -> [Int] {
    try member(key) { try $0.integers() }
  }

  /// The elements of a member's list, each read by a closure. Throws the errors of `member(_:_:)`.
  public func list<Value>(
    _ key: Name, _ read: (JSONValue) throws -> Value
  ) throws -> [Value] {
    try member(key) { try $0.list(read) }
  }

  /// The text of a name as a JSON value.
  public static func name(_ name: Name) -> JSONValue { .text(name.text) }

  /// A list of names.
  public static func names(_ names: [Name]) -> JSONValue { .list(names.map(JSONValue.name)) }

  /// A list of integers.
  public static func integers(_ values: [Int]) -> JSONValue { .list(values.map(JSONValue.integer)) }

  /// An object with the members that are not nil.
  public static func object(omittingNil members: [Name: JSONValue?]) -> JSONValue {
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

extension JSONValue: ExpressibleByDictionaryLiteral {
  /// Creates an object from a dictionary literal.
  public init(dictionaryLiteral elements: (Name, JSONValue)...) {
    self = .object(Dictionary(elements) { $1 })
  }
}
