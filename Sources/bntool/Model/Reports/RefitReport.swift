import ComputationGraphs

/// What `refit` reports; schemas/refit.schema.json describes its JSON.
struct RefitReport: Encodable {
  struct Brick: Encodable {
    let brick: Name
    let epsilonBefore: Double
    let rescaled: Int

    private enum CodingKeys: String, CodingKey {
      case brick, rescaled
      case epsilonBefore = "epsilon_before"
    }
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

  func show(asJSON: Bool) throws {
    guard !asJSON else { return try Console.print(json: self) }
    let rows = bricks.map { brick in
      [
        "  \(brick.brick)", "ε \(Formatting.epsilon(brick.epsilonBefore)) → \(Formatting.epsilon(epsilon))",
        brick.rescaled == 0 ? "" : "scale takes up the difference in \(Formatting.counted(brick.rescaled, "element"))",
      ]
    }
    try Console.print("\(input): the same function in inference mode")
    try Console.print(Columns.aligned(rows).joined(separator: "\n"))
    try Console.print(OutputFile.note(output))
  }
}
