import Bricks
import Foundation
import PopulationStatistics
import Testing

@testable import Checkpoints

/// A Python that has what `tools/checks/requirements.txt` lists, and `tools/python`.
private let python = ProcessInfo.processInfo.environment["SWIFT_BRICKS_PYTHON"]

@Suite("Other programs", .enabled(if: python != nil, "set SWIFT_BRICKS_PYTHON to a Python with h5py and xarray"))
struct InteropTests {
  @Test("read what is saved", arguments: ModelCase.allCases)
  func model(_ kind: ModelCase) throws {
    try withTemporaryFolder { folder in
      try CheckpointPayload(
        model: estimated(kind.model()), updates: UpdateSet(someRecords()), provenance: someProvenance
      ).save(to: "\(folder)/model.h5")
      try check("\(folder)/model.h5")
    }
  }

  @Test("read update pairs of ragged sequences")
  func updatePairs() throws {
    try withTemporaryFolder { folder in
      let records = try [
        record(batch: "long", sequence: 1, counts: [4, 3, 1], steps: true),
        record(batch: "short", counts: [5], steps: true), record("/other", batch: "short", meanOnly: true),
      ]
      try CheckpointPayload(model: nil, updates: UpdateSet(records)).save(to: "\(folder)/pairs.h5")
      try check("\(folder)/pairs.h5")
    }
  }

  @Test("compute the same outputs", arguments: ModelCase.allCases)
  func outputs(_ kind: ModelCase) throws {
    try withTemporaryFolder { folder in
      let model = try estimated(kind.model())
      try model.save(to: "\(folder)/model.h5")
      let inputs = try kind.inputs(of: model)
      let values = ["inputs": inputs, "outputs": try model(inputs)].mapValues { $0.mapValues(\.doubles) }
      let shapes = ["inputs": inputs].mapValues { $0.mapValues(\.shape.dimensions) }
      try JSONEncoder().encode(values).write(to: URL(fileURLWithPath: "\(folder)/values.json"))
      try JSONEncoder().encode(shapes).write(to: URL(fileURLWithPath: "\(folder)/shapes.json"))
      try run("check_outputs.py", ["\(folder)/model.h5", "\(folder)/values.json", "\(folder)/shapes.json"])
    }
  }

  private func check(_ path: String) throws { try run("check_interop.py", [path]) }

  private func run(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(python))
    process.arguments = [fixture("../tools/checks/\(program)")] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
  }
}
