import JSON
import Messages

/// A brick in the form that people write: its type, and the settings that differ from the defaults.
///
/// ```json
/// {"type": "BatchNormalizedMLP", "dimensions": [64, 128, 10], "activations": [{"type": "Tanh"}, null]}
/// ```
///
/// The keys are the keys of configurations in files. A missing key gets its value from the registry's example of the type. There
/// are shorthands: a number or a pair for `{"height": …, "width": …}`, `"half"` for `{"half": {}}`, `{"constant": 1}` for
/// `{"constant": {"_0": 1}}`.
public struct BrickDescription {
  private let json: JSONValue
  private let registry: BrickRegistry

  /// Creates a description from JSON. The registry needs an example of the brick's type.
  public init(_ json: JSONValue, registry: BrickRegistry = .standard) {
    (self.json, self.registry) = (json, registry)
  }

  /// The described brick.
  ///
  /// - Throws: `BrickError` that names the type, and the key if a key is missing, unknown or has a value of the wrong kind.
  public func brick() throws -> any Brick {
    let (type, configuration) = try completed(json)
    let brick: any Brick
    do {
      brick = try registry.brick(of: type, configuration)
    } catch let error as DecodingError {
      throw BrickError(.invalidConfiguration, "\(type): \(error.summary(of: configuration))")
    }
    // The brick did not read a key if it does not write the key back.
    try BrickDescription.checkKeys(of: configuration, against: brick.json(), at: type.text)
    return brick
  }

  /// Checks that all members of a configuration, at any depth, are also members of a second configuration.
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
    let names = known.sorted().map(\.text)
    let list = known.isEmpty ? "" : "; it has \(names.joined(separator: ", "))"
    let similar = similarNames(to: key.text, among: names)
    let advice = similar.count == 1 ? "; use \"\(similar[0])\"" : list
    return BrickError(.invalidConfiguration, "\(place) has no \"\(key)\"\(advice)")
  }

  /// The type and the complete configuration of a description. Nested bricks are completed, too.
  private func completed(_ json: JSONValue) throws -> (type: Name, configuration: JSONValue) {
    guard case .object(var given) = json, case .text(let text)? = given.removeValue(forKey: "type") else {
      throw BrickError(.invalidConfiguration, "a brick is an object with a \"type\", such as {\"type\": \"Tanh\"}")
    }
    let type = Name(text)
    let example = try registry.example(of: type)
    let usual = try example.brick.json().members()
    // Values of nil are not written. So the names of optional keys come from the stored properties.
    let known = Set(usual.keys).union(
      Mirror(reflecting: example.brick).children.compactMap { $0.label.map { Name($0) } })
    for key in given.keys.sorted() where !known.contains(key) {
      throw BrickDescription.unknown(key, among: Array(known), at: type.text)
    }
    for key in example.required where given[key] == nil {
      throw BrickError(.invalidConfiguration, "\(type) needs \"\(key)\"")
    }
    var configuration = usual
    for (key, value) in given {
      configuration[key] = try merged(
        BrickDescription.written(value, for: key, usually: usual[key]), over: usual[key], at: "\(type).\(key)")
    }
    return (type, .object(configuration))
  }

  /// The given value with defaults for missing members. Nested bricks are completed, too.
  private func merged(_ given: JSONValue, over usual: JSONValue?, at place: String) throws -> JSONValue {
    switch given {
    case .real(let number):
      guard case .integer? = usual, number.rounded() != number else { return given }
      throw BrickError(.invalidConfiguration, "\(place) is \(number); give a whole number")
    case .object(let members) where members["type"] != nil && members["configuration"] == nil:
      let (type, configuration) = try completed(given)
      return .object(["type": .name(type), "configuration": configuration])
    case .object(let members):
      // If an object has a single member, and this member is an object, the object is a case of an enumeration. Cases are
      // alternatives, so they are not merged.
      guard case .object(var result)? = usual, !(result.count == 1 && result.values.allSatisfy(\.isObject)) else {
        return given
      }
      for (key, value) in members { result[key] = try merged(value, over: result[key], at: "\(place).\(key)") }
      return .object(result)
    case .list(let values): return .list(try values.map { try merged($0, over: nil, at: place) })
    default: return given
    }
  }

  /// The keys of pairs of extents. They need no default.
  private static let extents: Set<Name> = ["filterSize", "poolingSize", "step", "padding"]

  /// The value of a member as files store it, with expanded shorthands.
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
}

extension JSONValue {
  fileprivate var isObject: Bool {
    if case .object = self { true } else { false }
  }
}

extension JSONValue {
  /// Whether this value is a case of an enumeration as files store it: an object with a single member, which is an object.
  fileprivate var isCase: Bool {
    if case .object(let members) = self { members.count == 1 && members.values.allSatisfy(\.isObject) } else { false }
  }
}
