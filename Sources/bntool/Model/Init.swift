import ArgumentParser
import Bricks
import Checkpoints
import Interchange
import JSON
import Messages
import Platform

struct Init: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", _superCommandName: "bntool",
    abstract: "Create a model with initial parameters from a configuration.",
    discussion: """
      The configuration is a JSON file with the outermost brick and the shape of one example. A brick has the keys that \
      /model/bricks has in checkpoints. Keys that are left out have their usual values.

        {
          "brick": {
            "type": "BatchNormalizedMLP", "dimensions": [64, 128, 10],
            "activations": [{"type": "Tanh"}, null],
            "weightsInitialization": {"orthogonal": {"scale": 1}}
          },
          "input": {"name": "features", "shape": [64]},
          "output": "logits", "scalar": "float32"
        }

      "output" is the name of the output, and "scalar" is float32 or float64. With "time_step": true, a model whose \
      normalizations have statistics for each time step gets an input "step". With "sequence": true in "input", the input \
      begins with an axis of time, (time, batch, …), as recurrent bricks need it. These keys may be left out. The seed \
      determines all parameters, on every machine.

      Example:
        bntool init config.json --seed 7 --output fresh.h5
      """)

  @Argument(help: "The configuration, a JSON file.", completion: .file(extensions: ["json"]))
  var config: String

  @Option(parsing: .unconditional, help: ArgumentHelp("The seed of all parameters.", valueName: "number"))
  var seed: UInt64

  @Option(help: ArgumentHelp("The checkpoint to write.", valueName: "file"), completion: .checkpoint)
  var output: String

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [config] }
  var outputFile: String? { output }

  func run() throws {
    let text = try ReadableFile.text(of: config)
    let model: Model
    do {
      let json = try JSONValue(parsing: text)
      let known: [Name] = ["brick", "input", "output", "scalar", "time_step"]
      for key in try json.members().keys.sorted() where !known.contains(key) {
        throw JSONError("unknown key \"\(key)\". \(suggestion(for: key.text, among: known.map(\.text), noun: "key"))")
      }
      let brick = try BrickDescription(json.member("brick") { value in value }).brick()
      let input = try json.member("input") { value in
        let known: Set<Name> = ["name", "shape", "sequence"]
        for key in try value.members().keys.sorted() where !known.contains(key) {
          throw JSONError("input has no \"\(key)\"; it has name, sequence, shape")
        }
        let isSequence = try value.optionalMember("sequence") { try $0.boolean() }
        return ModelInput(
          name: try value.name("name"), shape: try value.integers("shape"), isSequence: isSequence ?? false)
      }
      let output = try json.optionalMember("output") { try $0.name() }
      let scalar = try json.optionalMember("scalar", Init.scalar)
      let timeStep = try json.optionalMember("time_step") { try $0.boolean() }
      model = try Model(
        brick, input: input, output: output ?? "output", scalar: scalar ?? .float32, withTimeStep: timeStep ?? false,
        seed: seed)
    } catch let error where error is JSONError || error is GraphError || error is BrickError {
      throw DataError(description: "\(config): \(error)")
    }
    let step: ProvenanceStep = [
      "operation": .text("init"), "config": .text(OutputFile.name(of: config)), "seed": .text("\(seed)"),
    ]
    try ProcessSignals.deferring { try CheckpointPayload(model: model, provenance: [step]).save(to: output) }
    try InitReport(model, output: output).show(asJSON: report.json)
  }

  private static func scalar(_ json: JSONValue) throws -> ScalarType {
    let name = try json.text()
    guard let type = ScalarType(rawValue: name), type == .float32 || type == .float64 else {
      throw JSONError("\"\(name)\" is not a scalar type of models; use float32 or float64")
    }
    return type
  }
}
