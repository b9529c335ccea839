import ArgumentParser
import Bricks
import Checkpoints
import Interchange
import JSON
import Platform

struct Init: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", _superCommandName: "bntool",
    abstract: "Make a fresh model from a description of its bricks.",
    discussion: """
      The configuration is JSON: the outermost brick, and one example's shape. What a brick leaves out has its usual value; \
      the keys are those that files have in /model/bricks.

        {
          "brick": {
            "type": "BatchNormalizedMLP", "dimensions": [64, 128, 10],
            "activations": [{"type": "Tanh"}, null],
            "weightsInitialization": {"orthogonal": {"scale": 1}}
          },
          "input": {"name": "features", "shape": [64]},
          "output": "logits", "scalar": "float32"
        }

      "output" and "scalar" may be left out, and so may "time_step": true gives a model whose normalizations have statistics \
      per step an input "step". For recurrent bricks, "sequence": true in "input" puts an axis of time in front: (time, batch, \
      …). The seed determines every parameter, on every machine.

      Example:
        bntool init config.json --seed 7 --output fresh.h5
      """)

  @Argument(help: "The description, a JSON file.", completion: .file(extensions: ["json"]))
  var config: String

  @Option(parsing: .unconditional, help: "Determines every parameter.")
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
        throw JSONError("there is no \"\(key)\"; there are \(known.joined(separator: ", "))")
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
      throw JSONError("\"\(name)\" is no type to compute in; float32 and float64 are")
    }
    return type
  }
}
