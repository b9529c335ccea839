import ComputationGraphs
import Messages
import Names

/// The report of `set-epsilon`. schemas/set-epsilon.schema.json describes its JSON.
struct SetEpsilonReport: Report {
  struct Brick: Encodable {
    let brick: Name
    let epsilonBefore: Double
    let rescaled: Int
  }

  let input: String
  let epsilon: Double
  let output: String
  let bricks: [Brick]

  init(input: String, epsilon: Double, output: String, changes: [Model.EpsilonChange]) {
    self.input = input
    self.epsilon = epsilon
    self.output = output
    bricks = changes.map {
      Brick(brick: $0.brick, epsilonBefore: $0.oldEpsilon, rescaled: $0.rescaledElements)
    }
  }

  var lines: [String] {
    let rows = bricks.map { brick in
      [
        "  \(brick.brick)", "ε \(Formatting.exact(brick.epsilonBefore)) → \(Formatting.exact(epsilon))",
        brick.rescaled == 0 ? "" : "scale changed in \(counted(brick.rescaled, "element"))",
      ]
    }
    return ["\(input): inference gives the same outputs, up to rounding"] + Columns.aligned(rows)
      + OutputFile.note(output)
  }
}
