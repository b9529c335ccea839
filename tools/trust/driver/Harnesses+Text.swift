import Bricks
import ComputationGraphs
import Interchange
import JSON
import Platform

extension Harness {
  static let json = Harness(
    name: "json", seeds: [("fixtures/keras", [".json"]), ("fixtures/foreign", [".json"])], fileName: "input.json",
    mutate: TextMutation.json
  ) { path in
    let value = try JSONValue(parsing: ReadableFile.text(of: path))
    _ = try value.jsonText()
  }

  static let architecture = Harness(
    name: "architecture", seeds: [("fixtures/foreign", ["network.json"])],
    fileName: "input.json", mutate: TextMutation.json
  ) { path in
    let json = try JSONValue(parsing: ReadableFile.text(of: path))
    let brick = try BrickDescription(json.member("brick") { $0 }).brick()
    _ = try brick.node()
  }

  /// Values of options that have their own grammar: patterns for tensors, and data such as `test.h5:images`.
  static let selector = Harness(
    name: "selector", seeds: [], fileName: "input.txt"
  ) { path in
    let text = try ReadableFile.text(of: path)
    _ = try? Selector(Name(text))
    _ = try? TensorPath(datasetPath: Name(text))
    _ = Examples.file(of: text)
  }
}
