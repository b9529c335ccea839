import Bricks
import Checkpoints
import Foundation
import Testing

@Suite("The examples")
struct ExamplesTests {
  @Test("the digits example repairs a snapshot and prints the reference's accuracy before and after")
  func digits() throws {
    let fixtures = Repository.fixture("digits")
    let brick = "/mlp/batch_norm_activation"
    try withOutputPath { output in
      let run = try Run("digits-example", "\(fixtures)/snapshot-5.h5", fixtures, output)
      // fixtures/digits/reference.json: 0.7861 as saved, 0.9861 pooled.
      #expect(
        run.lines == [
          "as saved: 78.6 %",
          "\(brick)_0/batchnormalization: estimated, 1437 observations in 12 batches",
          "\(brick)_1/batchnormalization: estimated, 1437 observations in 12 batches",
          "\(brick)_2/batchnormalization: estimated, 1437 observations in 12 batches",
          "with population statistics: 98.6 %",
        ])
      #expect(run.status == 0)
      let failed = try Run("digits-example", "\(fixtures)/missing.h5", fixtures, output)
      #expect(failed.status == 1)
      #expect(failed.lines.count == 1 && failed.lines[0].contains("missing.h5"))
    }
  }

  @Test("your own brick is saved, runs from its graph, and is made again if its type is known")
  func residual() throws {
    try withOutputPath { output in
      let run = try Run("residual-example", output)
      // The normalization is the identity at first: x + max(x, 0).
      #expect(
        run.lines == [
          "[1.0, -2.0, 3.0] → [2.0, -2.0, 6.0]",
          "the loaded model gives the same output: true",
          "parameters: [\"/residual/sequence/batchnormalization.batch_norm_scale\", "
            + "\"/residual/sequence/batchnormalization.batch_norm_shift\", \"/residual/sequence/linear.W\", "
            + "\"/residual/sequence/linear.b\"]",
          "the standard registry can make the brick: false",
          "the brick that is made again is equal: true",
        ])
      #expect(run.status == 0)
    }
  }

  @Test("the attention model is saved, loaded and estimated, and still writes the committed file")
  func edram() throws {
    try withOutputPath { output in
      let run = try Run("edram-example", output)
      // Ten normalizations per look and three of the coarse image, each with a mean and a standard deviation.
      #expect(
        run.lines == [
          "the loaded model is the same: true", "update pairs: 26, of which 20 are per look", "locations: 8×16×6",
          "probabilities: 8×16×10",
        ])
      #expect(run.status == 0)
      let (written, kept) = (try Model(checkpoint: output), try Model(checkpoint: "\(EDRAMCase.folder)/reduced.h5"))
      #expect(written.bricks == kept.bricks && written.graph == kept.graph)
      #expect(written.statisticStates == kept.statisticStates)
      for (path, tensor) in written.tensors {
        // Another processor may round what is computed, which the initial values of parameters are not.
        let distances = zip(tensor.doubles, try kept.tensor(path).doubles).map { ($0 - $1).magnitude }
        #expect(distances.allSatisfy { $0 <= (path.collection == .statistics ? 1e-3 : 0) }, "\(path)")
      }
    }
  }

  @Test(
    "without arguments they print their usage", arguments: ["digits-example", "residual-example", "edram-example"])
  func usage(example: String) throws {
    let run = try Run(example)
    #expect(run.status == 64)
    #expect(run.lines.count == 1 && run.lines[0].hasPrefix("usage: \(example)"))
  }

  /// Calls a closure with the path of a file that does not exist yet, and removes it afterwards.
  private func withOutputPath(_ body: (String) throws -> Void) throws {
    let path = temporaryPath("example.h5")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }
}

/// One run of a program that was built together with the tests.
struct Run {
  let lines: [String]
  let status: Int32

  init(_ program: String, _ arguments: String...) throws {
    let process = Process()
    process.executableURL = Run.products.appendingPathComponent(program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    status = process.terminationStatus
  }

  /// The folder of the products: that of the test bundle, or of the program that runs it.
  private static var products: URL {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: bundle).deletingLastPathComponent()
  }
}
