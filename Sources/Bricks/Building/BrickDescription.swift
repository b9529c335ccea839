import JSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A brick as people write it: its type, and those settings that differ from the defaults.
///
/// ```json
/// {"type": "BatchNormalizedMLP", "dimensions": [64, 128, 10], "activations": [{"type": "Tanh"}, null]}
/// ```
///
/// The keys are the keys of configurations in files. A missing key has the default value of the type's initializer. There are
/// shorthands: a number or a pair for `{"height": …, "width": …}`, `"half"` for `{"half": {}}`, and `{"constant": 1}` for
/// `{"constant": {"_0": 1}}`.
public struct BrickDescription {
  private let json: JSONValue

  /// A description as JSON.
  public init(_ json: JSONValue) { self.json = json }

  /// The described brick.
  ///
  /// - Throws: `BrickError` that names the type, and the key if a key is missing, unknown or has a value of the wrong kind.
  public func brick() throws -> any Brick {
    let (type, configuration) = try BrickDescription.completed(json)
    let brick: any Brick
    do {
      brick = try BrickRegistry.standard.type(named: type).init(configuration: configuration)
    } catch let error as DecodingError {
      throw BrickError(.invalidConfiguration, "\(type): \(error.summary(of: configuration))")
    }
    // A key that the brick does not write back is a key that it did not read.
    let written = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(brick))
    try BrickDescription.checkKeys(of: configuration, against: written, at: type.text)
    return brick
  }

  /// Checks at any depth that a configuration has no other members than a second one.
  private static func checkKeys(
    of given: JSONValue, against known: JSONValue, at place: String
  ) throws(BrickError) {
    switch (given, known) {
    case (.object(let members), .object(let knownMembers)):
      for key in members.keys.sorted() where members[key] != .null {
        guard let value = members[key] else { continue }
        guard let knownValue = knownMembers[key] else { throw unknown(key, among: Array(knownMembers.keys), at: place) }
        try checkKeys(of: value, against: knownValue, at: "\(place).\(key)")
      }
    case (.list(let values), .list(let knownValues)):
      for (index, (value, knownValue)) in zip(values, knownValues).enumerated() {
        try checkKeys(of: value, against: knownValue, at: "\(place)[\(index)]")
      }
    default: break
    }
  }

  /// The error for a key that does not exist.
  private static func unknown(_ key: Name, among known: [Name], at place: String) -> BrickError {
    let nearest = known.filter { $0.isSimilar(to: key) }.min { ($0.distance(to: key), $0) < ($1.distance(to: key), $1) }
    let list = known.isEmpty ? "" : "; it has \(known.sorted().joined(separator: ", "))"
    let advice = nearest.map { "; use \"\($0)\"" } ?? list
    return BrickError(.invalidConfiguration, "\(place) has no \"\(key)\"\(advice)")
  }

  /// The type and the complete configuration of a description, with nested bricks completed, too.
  private static func completed(_ json: JSONValue) throws -> (type: Name, configuration: JSONValue) {
    guard case .object(var given) = json, case .text(let text)? = given.removeValue(forKey: "type") else {
      throw BrickError(.invalidConfiguration, "a brick is an object with a \"type\", such as {\"type\": \"Tanh\"}")
    }
    let type = Name(text)
    guard let (template, required) = templates[type] else {
      let names = templates.keys.sorted().joined(separator: ", ")
      throw BrickError(.unknownType, "there is no brick of type \"\(type)\"; there are \(names)")
    }
    let usual = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(template)).members()
    // Keys with nil are not written. The names of optional keys come from the stored properties.
    let known = Set(usual.keys).union(Mirror(reflecting: template).children.compactMap { $0.label.map { Name($0) } })
    for key in given.keys.sorted() where !known.contains(key) {
      throw unknown(key, among: Array(known), at: type.text)
    }
    for key in required where given[key] == nil {
      throw BrickError(.invalidConfiguration, "\(type) needs \"\(key)\"")
    }
    var configuration = usual
    for (key, value) in given {
      configuration[key] = try merged(
        written(value, for: key, usually: usual[key]), over: usual[key], at: "\(type).\(key)")
    }
    return (type, .object(configuration))
  }

  /// The given value with defaults for missing members. Nested bricks are completed, too.
  private static func merged(_ given: JSONValue, over usual: JSONValue?, at place: String) throws -> JSONValue {
    switch given {
    case .real(let number):
      guard case .integer? = usual, number.rounded() != number else { return given }
      throw BrickError(.invalidConfiguration, "\(place) is \(number); give a whole number")
    case .object(let members) where members["type"] != nil && members["configuration"] == nil:
      let (type, configuration) = try completed(given)
      return .object(["type": .name(type), "configuration": configuration])
    case .object(let members):
      // An object with a single member that is an object is a case of an enumeration. Cases are alternatives, so they are not
      // merged.
      guard case .object(var result)? = usual, !(result.count == 1 && result.values.allSatisfy(\.isObject)) else {
        return given
      }
      for (key, value) in members { result[key] = try merged(value, over: result[key], at: "\(place).\(key)") }
      return .object(result)
    case .list(let values): return .list(try values.map { try merged($0, over: nil, at: place) })
    default: return given
    }
  }

  /// The keys of pairs of extents. They may have no default.
  private static let extents: Set<Name> = ["filterSize", "poolingSize", "step", "padding"]

  /// The value of a member as files write it, with shorthands expanded.
  private static func written(_ given: JSONValue, for key: Name, usually usual: JSONValue?) -> JSONValue {
    switch given {
    case .integer where extents.contains(key): .object(["height": given, "width": given])
    case .list(let values) where extents.contains(key) && values.count == 2:
      .object(["height": values[0], "width": values[1]])
    case .text(let name) where key == "borderMode" || usual?.isCase ?? false: .object([Name(name): .object([:])])
    case .object(let members) where members.count == 1 && usual?.isCase ?? false:
      .object(
        members.mapValues { value in
          switch value {
          case .object: value
          default: .object(["_0": value])
          }
        })
    default: given
    }
  }

  /// A brick of each type with its initializer's defaults, and the keys that have no default.
  private static let templates: [Name: (template: any Brick, required: [Name])] = {
    let templates: [(any Brick, [Name])] = [
      (Linear(nil, 1), ["outputDimension"]), (Bias(), []), (Identity(), []), (Tanh(), []), (Logistic(), []),
      (Rectifier(), []), (LeakyRectifier(), []), (Softplus(), []), (Softmax(), []), (Sequential([]), ["bricks"]),
      (MLP(activations: [], dimensions: []), ["activations", "dimensions"]), (BatchNormalization(), []),
      (SpatialBatchNormalization(), []),
      (BatchNormalizedMLP(activations: [], dimensions: []), ["activations", "dimensions"]),
      (Convolutional(filterSize: 1, filterCount: 1), ["filterSize", "filterCount"]), (MaxPooling(1), ["poolingSize"]),
      (AveragePooling(1), ["poolingSize"]), (Flattener(), []), (ConvolutionalSequence([]), ["layers"]),
      (SimpleRecurrent(1), ["dimension"]), (LSTM(1), ["dimension"]), (GatedRecurrent(1), ["dimension"]),
      (BatchNormalizedLSTM(1, timeSteps: 1), ["dimension", "normalization"]),
      (Bidirectional(SimpleRecurrent(1)), ["prototype"]),
    ]
    return Dictionary(uniqueKeysWithValues: templates.map { (Name(type(of: $0.0).typeName), ($0.0, $0.1)) })
  }()
}

extension JSONValue {
  fileprivate var isObject: Bool {
    if case .object = self { true } else { false }
  }
}

extension DecodingError {
  /// The fault of a configuration, described by its key and value.
  fileprivate func summary(of configuration: JSONValue) -> String {
    switch self {
    case .keyNotFound(let key, let context):
      return "\"\(key.stringValue)\" is missing\(DecodingError.place(context.codingPath).map { " at \($0)" } ?? "")"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      guard let place = DecodingError.place(context.codingPath) else { return "a value is of the wrong kind" }
      let value = configuration.value(at: context.codingPath).map { " \($0)" } ?? ""
      return "\"\(place)\" cannot be\(value)"
    @unknown default: return "a value is of the wrong kind"
    }
  }

  private static func place(_ path: [any CodingKey]) -> String? {
    let keys = path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    return keys.isEmpty ? nil : keys
  }
}

extension JSONValue {
  /// Whether this value is a case of an enumeration as files write it: an object with one member that is an object.
  fileprivate var isCase: Bool {
    if case .object(let members) = self { members.count == 1 && members.values.allSatisfy(\.isObject) } else { false }
  }

  /// The text of the value at a place.
  fileprivate func value(at path: [any CodingKey]) -> String? {
    var value = self
    for key in path {
      switch value {
      case .object(let members):
        guard let member = members[Name(key.stringValue)] else { return nil }
        value = member
      case .list(let elements):
        guard let index = key.intValue, elements.indices.contains(index) else { return nil }
        value = elements[index]
      default: return nil
      }
    }
    return (try? JSONEncoder().encode(value)).map { String(decoding: $0, as: UTF8.self) }
  }
}

extension Name {
  /// Whether this name may be a mistyped other name: it begins with the other name, or the two differ in few letters.
  fileprivate func isSimilar(to other: Name) -> Bool {
    hasPrefix(other) && utf8.count <= 3 * other.utf8.count
      || distance(to: other) <= max(1, min(utf8.count, other.utf8.count) / 3)
  }

  /// The number of letters to insert, remove, exchange or replace to get another name (the Damerau–Levenshtein distance).
  fileprivate func distance(to other: Name) -> Int {
    let (left, right) = (Array(utf8), Array(other.utf8))
    var rows = [Array(0...right.count)]
    for i in left.indices {
      var row = [i + 1]
      for j in right.indices {
        let replaced = rows[i][j] + (left[i] == right[j] ? 0 : 1)
        var best = Swift.min(replaced, rows[i][j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          best = Swift.min(best, rows[i - 1][j - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[left.count][right.count]
  }
}

extension Brick {
  fileprivate init(configuration: JSONValue) throws {
    self = try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(configuration))
  }
}
