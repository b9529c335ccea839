import ArgumentParser
import Checkpoints
import Messages

struct Init: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", _superCommandName: "bntool",
    abstract: "Create a model with initial parameters from a configuration.",
    discussion: """
      The configuration is a JSON file with the outermost brick and the shape of one example. A brick has the same keys \
      as in /model/bricks of a checkpoint. Keys that you leave out get their default values.

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
      begins with an axis of time, (time, batch, …), which recurrent bricks need. With "type": "int64", the input has indices, \
      which embeddings need. All these keys are optional. The seed \
      determines all parameters, on every machine.

      Example:
        bntool init config.json --seed 7 --output fresh.h5
      """)

  @Argument(help: "The configuration, a JSON file.", completion: .file(extensions: ["json"]))
  var config: String

  @Option(parsing: .unconditional, help: ArgumentHelp("The seed of all parameters.", valueName: "number"))
  var seed: UInt64

  @Option(help: .checkpointToWrite, completion: .checkpoint)
  var output: String

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [config] }
  var outputFile: String? { output }

  func run() throws {
    let model = try Architecture(config, seed: seed).model
    let step: ProvenanceStep = [
      "operation": .text("init"), "config": .text(OutputFile.name(of: config)), "seed": .text("\(seed)"),
    ]
    try ProcessSignals.deferring { try ModelFile.save(CheckpointPayload(model: model, provenance: [step]), to: output) }
    try report.show(InitReport(model, output: output))
  }
}
