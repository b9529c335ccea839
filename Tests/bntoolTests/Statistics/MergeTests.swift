import Bricks
import Checkpoints
import PopulationStatistics
import Testing

@Suite("Merging pairs per time step")
struct MergeTests {
  /// A file of one record with some number of time steps.
  private func save(steps: Int, batch: Name, to path: String) throws {
    let record = try UpdateRecord(
      identity: UpdateRecord.Identity(brick: "/network/batchnormalization", batch: batch, parametersDigest: nil),
      sequence: 0, epsilon: 1e-4, scalarType: .float64, exampleShape: [2], hasTimeSteps: true,
      mean: [Double](repeating: 0.5, count: 2 * steps), standardDeviation: [Double](repeating: 2, count: 2 * steps),
      counts: [Int64](repeating: 8, count: steps))
    try CheckpointPayload(model: nil, updates: UpdateSet([record])).save(to: path)
  }

  @Test("refuses bricks with different numbers of steps, and names both files")
  func differentSteps() throws {
    let session = try Session()
    try save(steps: 2, batch: "a", to: "\(session.folder)/two.h5")
    try save(steps: 3, batch: "b", to: "\(session.folder)/three.h5")
    let outcome = try session.shell("\"$bntool\" merge TMP/two.h5 TMP/three.h5 --output TMP/merged.h5")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("/network/batchnormalization: 2 time steps in TMP/two.h5 and 3 in TMP/three.h5"))
    #expect(try session.leftovers() == [])
  }
}
