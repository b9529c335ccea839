import Checkpoints
import PopulationStatistics
import Testing

@Suite("Update pairs in a file") struct UpdateSetReadingTests {
  @Test("are saved from a set and read as a set") func roundTrip() throws {
    try withTemporaryFolder { folder in
      let set = try UpdateSet(someRecords())
      try set.save(to: "\(folder)/pairs.h5")
      #expect(try UpdateSet(checkpoint: "\(folder)/pairs.h5") == set)
      try CheckpointPayload(model: ModelCase.perceptron.model(), updates: set).save(to: "\(folder)/model.h5")
      #expect(try UpdateSet(checkpoint: "\(folder)/model.h5") == set)
      try ModelCase.perceptron.model().save(to: "\(folder)/without.h5")
      #expect(try UpdateSet(checkpoint: "\(folder)/without.h5") == UpdateSet())
    }
    expectFailure(.notFound, "no such file") { _ = try UpdateSet(checkpoint: fixture("none.h5")) }
  }
}
