import JSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A brick in words that people write: its type, and of its configuration what is not as usual.
///
/// ```json
/// {"type": "BatchNormalizedMLP", "dimensions": [64, 128, 10], "activations": [{"type": "Tanh"}, null]}
/// ```
///
/// The keys are those of the configurations in files; what is left out has the value that the type's initializer gives it.
public struct BrickDescription {
  private let json: JSONValue

  /// A description as JSON.
  public init(_ json: JSONValue) { self.json = json }

  /// The brick.
  ///
  /// - Throws: `BrickError` naming the type, and the key where one is missing, unknown or of another kind.
  public func brick() throws -> any Brick {
    let (type, configuration) = try BrickDescription.completed(json)
    do {
      return try BrickRegistry.standard.type(named: type).init(configuration: configuration)
    } catch let error as DecodingError {
      throw BrickError(.invalidConfiguration, "\(type): \(error.summary)")
    }
  }

  /// Type and whole configuration of a description, those of bricks within it too.
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
    // Keys with nil are not written, so the optional ones are known by name only.
    let known = Set(usual.keys).union(Mirror(reflecting: template).children.compactMap { $0.label.map { Name($0) } })
    for key in given.keys.sorted() where !known.contains(key) {
      throw BrickError(
        .invalidConfiguration, "\(type) has no \"\(key)\"; it has \(known.sorted().joined(separator: ", "))")
    }
    for key in required where given[key] == nil {
      throw BrickError(.invalidConfiguration, "\(type) needs \"\(key)\"")
    }
    var configuration = usual
    for (key, value) in given { configuration[key] = try merged(value, over: usual[key]) }
    return (type, .object(configuration))
  }

  /// A given value, with bricks in it completed, and members of structures that it leaves out taken from the usual one.
  private static func merged(_ given: JSONValue, over usual: JSONValue?) throws -> JSONValue {
    switch given {
    case .object(let members) where members["type"] != nil && members["configuration"] == nil:
      let (type, configuration) = try completed(given)
      return .object(["type": .name(type), "configuration": configuration])
    case .object(let members):
      // One member that is an object itself is a case of an enumeration; the cases are alternatives.
      guard case .object(var result)? = usual, !(result.count == 1 && result.values.allSatisfy(\.isObject)) else {
        return given
      }
      for (key, value) in members { result[key] = try merged(value, over: result[key]) }
      return .object(result)
    case .list(let values): return .list(try values.map { try merged($0, over: nil) })
    default: return given
    }
  }

  /// A brick of every type as its initializer makes it, and the keys for which there is no usual value.
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
  /// What is wrong, with the keys on the way to it.
  fileprivate var summary: String {
    func at(_ path: [any CodingKey]) -> String {
      let keys = path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
      return keys.isEmpty ? "" : " at \(keys)"
    }
    return switch self {
    case .keyNotFound(let key, let context): "\"\(key.stringValue)\" is missing\(at(context.codingPath))"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      "\(context.debugDescription.trimmingPeriod)\(at(context.codingPath))"
    @unknown default: "\(self)"
    }
  }
}

extension String {
  fileprivate var trimmingPeriod: Substring { hasSuffix(".") ? dropLast() : self[...] }
}

extension Brick {
  fileprivate init(configuration: JSONValue) throws {
    self = try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(configuration))
  }
}
