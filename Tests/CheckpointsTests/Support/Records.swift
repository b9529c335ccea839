import PopulationStatistics
import Tensors

/// A record of one minibatch. Its values depend on its shape and its sequence number.
func record(
  _ brick: Name = "/mlp/norm", application: Name = "apply", batch: Name, sequence: Int = 0, counts: [Int64] = [4],
  steps: Bool = false, shape: Shape = [2], scalar: ScalarType = .float32, meanOnly: Bool = false,
  digest: Digest? = Digest(of: "parameters")
) throws -> UpdateRecord {
  let size = counts.count * shape.elementCount
  return try UpdateRecord(
    identity: UpdateRecord.Identity(brick: brick, application: application, batch: batch, parametersDigest: digest),
    sequence: sequence, epsilon: 1e-4, scalarType: scalar, exampleShape: shape, hasTimeSteps: steps,
    mean: (0..<size).map { Double($0) - 1.5 - Double(sequence) },
    standardDeviation: meanOnly ? nil : (0..<size).map { 0.5 + Double($0 + sequence) }, counts: counts)
}

/// Two applications of one brick, and a normalization by the mean only.
func someRecords() throws -> [UpdateRecord] {
  [
    try record(batch: "a", sequence: 0), try record(batch: "b", sequence: 1, counts: [3]),
    try record(application: "apply#1", batch: "b", sequence: 1),
    try record("/mlp/other", batch: "a", sequence: 0, shape: [2, 1, 3], scalar: .float64, meanOnly: true),
  ]
}
