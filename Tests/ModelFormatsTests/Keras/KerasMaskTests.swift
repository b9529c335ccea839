import ComputationGraphs
import HDF5
import ModelFormats
import Names
import PopulationStatistics
import Tensors
import TestSupport
import Testing

@Suite("A masked batch normalization of Keras") struct KerasMaskTests {
  @Test(
    "gets its statistics from the steps that Keras uses in training",
    arguments: ["direct", "recurrent", "unmasked", "embedded", "network/inner"])
  func statistics(name: String) throws {
    let model = try KerasFormat.model(at: Repository.fixture("keras/masks.keras")).model
    let file = try HDF5.File(opening: Repository.fixture("keras/masks.h5"))
    let inputs = try file.openGroup("inputs")
    var recalibration = try Recalibration(model)
    try recalibration.observe([
      "x": inputs.openDataset("x").readTensor(), "words": inputs.openDataset("words").readTensor(),
    ])
    let estimated = try recalibration.recalibrated().model
    let expected = try file.openGroup("statistics/\(name.split(separator: "/").last ?? "")")
    let mean = try expected.openDataset("mean").readTensor().doubles
    let variance = try expected.openDataset("variance").readTensor().doubles
    let own = try estimated.tensor(estimated.path(Name("/\(name).population_mean"))).doubles
    let deviation = try estimated.tensor(estimated.path(Name("/\(name).population_stdev"))).doubles
    #expect(own.count == mean.count && deviation.count == mean.count)
    for (value, wanted) in zip(own, mean) { #expect(abs(value - wanted) < 2e-5) }
    // Keras's default ε is 0.001.
    for (value, wanted) in zip(deviation, variance) { #expect(abs(value * value - 0.001 - wanted) < 2e-5) }
  }

  @Test("along the normalized axis is for inference only") func alongAxis() throws {
    let imported = try KerasFormat.model(at: Repository.fixture("keras/masked_axis.keras"))
    #expect(imported.notes.filter { $0.contains("along which its mask leaves out steps") }.count == 2)
    #expect(imported.model.origins.count == 4)
    let error = #expect(throws: GraphError.self) { try Recalibration(imported.model) }
    #expect(error?.code == .tooFewObservations)
    #expect(error?.message.contains("is for inference only") == true)
  }
}
