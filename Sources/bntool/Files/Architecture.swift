import Bricks
import ComputationGraphs
import JSON
import Messages
import Names
import Platform
import Tensors

/// A description of a model in a JSON file: the outermost brick, and the shape of one example.
struct Architecture {
  /// The model with initial parameters.
  let model: Model
  /// Whether the description gives the ε of normalizations.
  let statesEpsilon: Bool

  /// Reads a description.
  ///
  /// - Throws: `FileError`, or `DataError` for a description that is not valid.
  init(_ path: String, seed: UInt64) throws {
    let text = try ReadableFile.text(of: path)
    do {
      let json = try JSONValue(parsing: text)
      let known: [Name] = ["brick", "input", "output", "scalar", "time_step"]
      for key in try json.members().keys.sorted() where !known.contains(key) {
        throw JSONError("unknown key \"\(key)\". \(suggestion(for: key.text, among: known.map(\.text), noun: "key"))")
      }
      let brick = try BrickDescription(json.member("brick") { value in value }).brick()
      let input = try json.member("input") { value in
        let known: Set<Name> = ["name", "shape", "sequence", "type"]
        for key in try value.members().keys.sorted() where !known.contains(key) {
          throw JSONError("input: unknown key \"\(key)\"; the keys are name, sequence, shape and type")
        }
        let isSequence = try value.optionalMember("sequence") { try $0.boolean() }
        let type = try value.optionalMember("type") {
          try Architecture.scalar($0, allowing: [.float32, .float64, .int64])
        }
        return ModelInput(
          name: try value.name("name"), shape: try value.integers("shape"), isSequence: isSequence ?? false,
          scalar: type)
      }
      let output = try json.optionalMember("output") { try $0.name() }
      let scalar = try json.optionalMember("scalar", { try Architecture.scalar($0, allowing: [.float32, .float64]) })
      let timeStep = try json.optionalMember("time_step") { try $0.boolean() }
      model = try Model(
        brick, input: input, output: output ?? "output", scalar: scalar ?? .float32, withTimeStep: timeStep ?? false,
        seed: seed)
      statesEpsilon = Architecture.statesEpsilon(json)
    } catch let error where error is JSONError || error is GraphError || error is BrickError {
      throw DataError(description: "\(path): \(error)")
    }
  }

  private static func scalar(_ json: JSONValue, allowing types: [ScalarType]) throws -> ScalarType {
    let name = try json.text()
    guard let type = ScalarType(rawValue: name), types.contains(type) else {
      let list = types.map(\.rawValue).joined(separator: " or ")
      throw JSONError("\"\(name)\" is not a scalar type of models; use \(list)")
    }
    return type
  }

  private static func statesEpsilon(_ json: JSONValue) -> Bool {
    switch json {
    case .list(let elements): elements.contains(where: statesEpsilon)
    case .object(let members): members["epsilon"] != nil || members.values.contains(where: statesEpsilon)
    default: false
    }
  }
}
