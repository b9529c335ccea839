import JSON
import Names

/// The configuration of one Keras layer. It reads values by key, and its errors name the layer and the key.
struct KerasConfiguration {
  /// The path of the layer, such as `outer/my_bn`.
  let path: Name
  /// The name of the class, such as `Conv2D`.
  let className: Name
  /// The major version of the Keras that wrote the file.
  let version: Int
  let members: [Name: JSONValue]

  /// The value of a key; nil if the key is missing or null.
  subscript(key: Name) -> JSONValue? {
    guard let value = members[key], value != .null else { return nil }
    return value
  }

  func problem(_ message: String, _ code: ModelFormatError.Code = .malformed) -> KerasProblem {
    KerasProblem(code, message, at: path)
  }

  private func required<Value>(_ key: Name, _ fallback: Value?, _ read: (JSONValue) throws -> Value) throws -> Value {
    guard let value = self[key] else {
      guard let fallback else { throw problem("the configuration of the \(className) has no \"\(key)\"") }
      return fallback
    }
    do {
      return try read(value)
    } catch let error as JSONError {
      throw problem("the configuration of the \(className) is broken: \(key): \(error.message)")
    }
  }

  /// The integer at a key; the fallback if the key is missing.
  func integer(_ key: Name, default fallback: Int? = nil) throws -> Int {
    try required(key, fallback) { try $0.integer() }
  }

  /// The integer at a key. Throws an error if it is below 1.
  func count(_ key: Name, default fallback: Int? = nil) throws -> Int {
    let value = try integer(key, default: fallback)
    guard value > 0 else { throw problem("\"\(key)\" is \(value); it must be at least 1") }
    return value
  }

  /// The number at a key; the fallback if the key is missing.
  func number(_ key: Name, default fallback: Double? = nil) throws -> Double {
    try required(key, fallback) { try $0.number() }
  }

  /// The truth value at a key; the fallback if the key is missing.
  func boolean(_ key: Name, default fallback: Bool? = nil) throws -> Bool {
    try required(key, fallback) { try $0.boolean() }
  }

  /// The text at a key; the fallback if the key is missing.
  func text(_ key: Name, default fallback: String? = nil) throws -> String {
    try required(key, fallback) { try $0.text() }
  }

  /// The text at a key. Throws an error if it is not one of the given words.
  func word(_ key: Name, among words: [String], default fallback: String? = nil) throws -> String {
    let word = try text(key, default: fallback)
    guard words.contains(word) else {
      throw problem("\"\(key)\" is \"\(word)\"; only \(words.joined(separator: ", ")) can be used", .unsupported)
    }
    return word
  }

  /// The list of integers at a key. A single integer is a list of one.
  func integers(_ key: Name, default fallback: [Int]? = nil) throws -> [Int] {
    try required(key, fallback) { value in
      if case .integer(let single) = value { return [single] }
      return try value.integers()
    }
  }

  /// The integers at a key, one for each spatial axis. A single integer is used for all axes.
  ///
  /// - Parameter minimum: The smallest integer that is allowed.
  func extents(_ key: Name, _ axes: Int, default fallback: Int? = nil, minimum: Int = 1) throws -> [Int] {
    var values = try integers(key, default: fallback.map { [$0] })
    if values.count == 1, axes > 1 { values = [Int](repeating: values[0], count: axes) }
    guard values.count == axes else {
      throw problem("\"\(key)\" is \(values); it needs a number for each of \(axes) axes")
    }
    // Larger numbers are useless, and their products could overflow.
    guard values.allSatisfy({ (minimum...(1 << 24)).contains($0) }) else {
      throw problem("\"\(key)\" is \(values); each number must be from \(minimum) to \(1 << 24)")
    }
    return values
  }

  /// The numbers of elements to add or remove before and after each axis. The value at the key has the form `1`, `[1, 2]` or
  /// `[[1, 1], [2, 2]]`.
  func margins(_ key: Name, _ axes: Int) throws -> [(low: Int, high: Int)] {
    let values: [[Int]] = try required(key, nil) { value in
      switch value {
      case .integer(let both): return [[Int]](repeating: [both, both], count: axes)
      case .list(let elements) where axes == 1 && elements.count == 2: return [try value.integers()]
      default:
        return try value.list { element in
          if case .integer(let both) = element { return [both, both] }
          return try element.integers()
        }
      }
    }
    guard values.count == axes, values.allSatisfy({ $0.count == 2 }) else {
      throw problem("\"\(key)\" needs two numbers for each of \(axes) axes")
    }
    guard values.joined().allSatisfy({ (0...(1 << 24)).contains($0) }) else {
      throw problem("\"\(key)\" is \(values); each number must be from 0 to \(1 << 24)")
    }
    return values.map { ($0[0], $0[1]) }
  }

  /// Whether the channels of images come before height and width.
  func isChannelsFirst() throws -> Bool {
    try word("data_format", among: ["channels_last", "channels_first"], default: "channels_last") == "channels_first"
  }

  /// Throws an error if an option that is not supported is set.
  func refuse(_ key: Name, because reason: String) throws {
    guard let value = self[key], value != .boolean(false) else { return }
    throw problem("the \(className) has \"\(key)\" set: \(reason)", .unsupported)
  }
}
