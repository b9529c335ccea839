import Bricks
import Foundation
import Interchange
import Testing

/// Models that `init` makes on sequences and with time steps. The snapshots cover the other descriptions and the errors.
@Suite("A model that is made from a description")
struct InitTests {
  private func session(with description: String) throws -> Session {
    let session = try Session()
    try Data(description.utf8).write(to: URL(fileURLWithPath: "\(session.folder)/description.json"))
    #expect(try session.run("init TMP/description.json --seed 1 --output TMP/model.h5").status == 0)
    return session
  }

  @Test("with a sequence as input is a recurrent network")
  func sequences() throws {
    let session = try session(
      with: """
        {
          "brick": {"type": "LSTM", "dimension": 2},
          "input": {"name": "x", "shape": [8], "sequence": true}, "output": "states"
        }
        """)
    // With weights of 0 all gates are logistic(0) = 1/2: c' = c/2 + tanh(x)/2, and the state is tanh(c')/2.
    for name in ["W_state", "W_cell_to_in", "W_cell_to_forget", "W_cell_to_out"] {
      let model = name == "W_state" ? "model" : "zeros"
      let outcome = try session.shell("\"$bntool\" set TMP/\(model).h5 /lstm.\(name) --value 0 --output TMP/next.h5")
      #expect(outcome.status == 0, "\(outcome.errors)")
      try Data(session.contents("TMP/next.h5")).write(to: URL(fileURLWithPath: "\(session.folder)/zeros.h5"))
    }
    let cells: [[[Float]]] = [[[1, 2], [0, -1], [0.5, 0]], [[0, 1], [1, 1], [-2, 3]]]
    // The columns are in, forget, cells and out, with two each.
    let steps: [[Float]] = cells.flatMap { $0 }
    let rows: [Float] = steps.flatMap { (step: [Float]) -> [Float] in [0, 0, 0, 0] + step + [0, 0] }
    try NumPyArray.write(Tensor(rows, shape: [2, 3, 8]), to: "\(session.folder)/rows.npy")
    #expect(try session.run("run TMP/zeros.h5 TMP/rows.npy --output TMP/states.npy").status == 0)
    var (cell, expected) = ([[0.0, 0.0], [0.0, 0.0]], [Double]())
    for step in 0..<3 {
      for example in 0..<2 {
        for unit in 0..<2 {
          cell[example][unit] = (cell[example][unit] + tanh(Double(cells[example][step][unit]))) / 2
          expected.append(tanh(cell[example][unit]) / 2)
        }
      }
    }
    let states = try Examples(contentsOf: "\(session.folder)/states.npy")
    try #require(states.shape == [3, 2, 2])
    for (state, expected) in zip(try states.rows(0..<3, as: .float64).doubles, expected) {
      #expect(abs(state - expected) < 1e-6)
    }
  }

  @Test("with time steps has an input for the step, and a row of statistics for each")
  func timeSteps() throws {
    let session = try session(
      with: """
        {
          "brick": {"type": "BatchNormalization", "inputDimensions": [2], "timeSteps": 3},
          "input": {"name": "x", "shape": [2]}, "time_step": true
        }
        """)
    try NumPyArray.write(Tensor([9, 9, 8, 8, 1, 2] as [Float], shape: [3, 2]), to: "\(session.folder)/means.npy")
    let set = "set TMP/model.h5 /batchnormalization.population_mean --from TMP/means.npy"
    #expect(try session.run("\(set) --observations 2 --output TMP/set.h5").status == 0)
    try NumPyArray.write(Tensor([3, 0, 1, -5] as [Float], shape: [2, 2]), to: "\(session.folder)/rows.npy")
    let refused = try session.run("run TMP/set.h5 TMP/rows.npy --output TMP/none.npy")
    #expect(refused.status == 64 && refused.errors.contains("give the step with --step"), "\(refused.errors)")
    #expect(try session.run("run TMP/set.h5 TMP/rows.npy --step 2 --output TMP/y.npy").status == 0)
    let y = try Examples(contentsOf: "\(session.folder)/y.npy")
    #expect(try y.rows(0..<2, as: .float64).doubles == [2, -2, 0, -7])
  }
}
