import Bricks
import Checkpoints
import Interchange
import Testing

/// More examples than `bntool run` evaluates together.
private let exampleCount = 1030

@Suite("A model whose first axis is not the batch")
struct TimeMajorTests {
  /// Three steps of two whole numbers for each example.
  private let numbers: [Float] = (0..<exampleCount * 6).map { Float($0 * $0 % 13 - 6) }

  /// Saves a model of a recurrent brick whose states are running sums, over time-major rows or batch-first ones.
  private func save(to path: String, isTimeMajor: Bool, _ output: (Variable) throws -> Variable = { $0 }) throws {
    let sum = SimpleRecurrent(2, activation: Identity(), weightsInitialization: .identity(1))
    let model = try Model([sum], seed: 1) { scope in
      let x = try scope.builder.input("x", VariableType(.float32, isTimeMajor ? [3, "batch", 2] : ["batch", 3, 2]))
      return ["sums": try output(scope.apply(sum, to: isTimeMajor ? x : x.transposed([1, 0, 2])))]
    }
    try model.save(to: path)
  }

  @Test("has its outputs joined along the axis of the examples", arguments: [false, true])
  func joined(isTimeMajor: Bool) throws {
    let session = try Session()
    try save(to: "\(session.folder)/model.h5", isTimeMajor: isTimeMajor)
    try NumPyArray.write(Tensor(numbers, shape: [exampleCount, 3, 2]), to: "\(session.folder)/rows.npy")
    #expect(try session.run("run TMP/model.h5 TMP/rows.npy --output TMP/sums.npy").status == 0)
    var expected: [Float] = []
    for step in 0..<3 {
      for example in 0..<exampleCount {
        for feature in 0..<2 {
          expected.append((0...step).map { numbers[6 * example + 2 * $0 + feature] }.reduce(0, +))
        }
      }
    }
    let sums = try Examples(contentsOf: "\(session.folder)/sums.npy")
    #expect(sums.shape == [3, exampleCount, 2])
    #expect(try sums.rows(0..<3, as: .float32) == Tensor(expected, shape: [3, exampleCount, 2]))
  }

  @Test("is not compared with labels, which have examples on the first axis")
  func labels() throws {
    let session = try Session()
    try save(to: "\(session.folder)/model.h5", isTimeMajor: true)
    // There are as many examples as steps, so the sizes alone do not tell the axes apart.
    try NumPyArray.write(Tensor(Array(numbers.prefix(18)), shape: [3, 3, 2]), to: "\(session.folder)/rows.npy")
    try NumPyArray.write(Tensor([0, 1, 0] as [Int64], shape: [3]), to: "\(session.folder)/labels.npy")
    let outcome = try session.run("run TMP/model.h5 TMP/rows.npy --labels TMP/labels.npy")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("the model's first output \"sums\" is float32 3×batch×2"))
  }

  @Test("can have outputs without an axis of examples only for a single batch")
  func withoutExamples() throws {
    let session = try Session()
    try save(to: "\(session.folder)/model.h5", isTimeMajor: false) { try $0.reduced(.sum, over: [1]) }
    for (count, status) in [(4, 0), (exampleCount, 65)] as [(Int, Int32)] {
      try NumPyArray.write(
        Tensor(Array(numbers.prefix(count * 6)), shape: [count, 3, 2]), to: "\(session.folder)/\(count).npy")
      let outcome = try session.run("run TMP/model.h5 TMP/\(count).npy --output TMP/sums-\(count).npy")
      #expect(outcome.status == status)
      #expect(outcome.errors.contains("the output \"sums\" is float32 3×2 and has no axis \"batch\"") == (status != 0))
    }
  }

  @Test("is refused if no axis is named batch")
  func nameless() throws {
    let session = try Session()
    let model = try Model([], seed: 1) { scope in
      let x = try scope.builder.input("x", VariableType(.float32, ["time", "examples", 2]))
      return ["y": try x.applying(.hyperbolicTangent)]
    }
    try model.save(to: "\(session.folder)/model.h5")
    try NumPyArray.write(Tensor(Array(numbers.prefix(12)), shape: [2, 3, 2]), to: "\(session.folder)/rows.npy")
    let outcome = try session.run("run TMP/model.h5 TMP/rows.npy")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("input \"x\" of the model is float32 time×examples×2, without an axis \"batch\""))
  }
}
