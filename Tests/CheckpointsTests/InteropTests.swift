import Bricks
import Foundation
import PopulationStatistics
import Testing

@testable import Checkpoints

/// A Python that has what `tools/fixtures/requirements.txt` lists.
private let python = ProcessInfo.processInfo.environment["SWIFT_BRICKS_PYTHON"]

@Suite("Other programs", .enabled(if: python != nil, "set SWIFT_BRICKS_PYTHON to a Python with h5py and xarray"))
struct InteropTests {
  @Test("read what is saved", arguments: ModelCase.allCases)
  func model(_ kind: ModelCase) throws {
    try withTemporaryFolder { folder in
      try CheckpointContent(
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
      try CheckpointContent(model: nil, updates: UpdateSet(records)).save(to: "\(folder)/pairs.h5")
      try check("\(folder)/pairs.h5")
    }
  }

  private func check(_ path: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(python))
    process.arguments = [fixture("../tools/fixtures/check_interop.py"), path]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
  }
}
