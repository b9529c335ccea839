import Bricks
import Interchange
import Testing

@Suite("The feed of a model")
struct FeedAxesTests {
  private let data: FeedData

  init() throws { data = try FeedData() }

  @Test(
    "joins and divides axes, but never takes one axis for another",
    arguments: [
      ([2, 3, 4], [6, 4], nil), ([24], [2, 3, 4], nil), ([2, 12], [2, 3, 4], nil), ([1, 6, 4], [6, 4, 1], nil),
      ([1, 24], [24], nil), ([24, 1], [24], nil), ([24], [1, 24, 1], nil),
      ([3, 4, 2], [2, 3, 4], "; move the channels, in NumPy by x.transpose(0, 3, 1, 2)"),
      ([2, 3, 4], [3, 4, 2], "; move the channels, in NumPy by x.transpose(0, 2, 3, 1)"),
      ([4, 6], [6, 4], "; move the channels, in NumPy by x.transpose(0, 2, 1)"),
      ([4, 6], [8, 3], " of the model needs shape 8×3"), ([5, 5], [6, 4], " of the model needs shape 6×4"),
    ] as [([Int], [Int], String?)])
  func axes(given: [Int], wanted: [Int], error: String?) throws {
    let path = try data.directory.file("axes.npy")
    let count = given.reduce(1, *)
    try NumPyArray.write(Tensor((0..<count).map(Float.init), shape: Shape([1] + given)), to: path)
    let model = try data.model([("x", wanted)])
    if let error {
      let thrown = #expect(throws: InterchangeError.self) { try ModelFeed(model, data: path) }
      #expect(thrown?.message.hasSuffix(error) ?? false, "\(thrown?.message ?? "")")
    } else {
      let inputs = try ModelFeed(model, data: path).inputs([0])
      #expect(inputs["x"] == (try Tensor((0..<count).map(Float.init), shape: Shape([1] + wanted))))
    }
  }

  @Test("has the elements of an example in the arrangement that the model needs")
  func rearranged() throws {
    let path = try data.file()
    let feed = try ModelFeed(data.model([("features", [6])]), data: "\(path):rows")
    #expect(try feed.inputs([1])["features"] == Tensor(Array(data.rows[6..<12]), shape: [1, 6]))
    let sequence = try Model([], seed: 1) { scope in
      let x = try scope.builder.input("flat", VariableType(.float32, ["batch", "time", 3]))
      return ["output": try x.applying(.hyperbolicTangent)]
    }
    let flat = "\(data.directory.path)/flat.npy"
    try NumPyArray.write(Tensor(data.rows, shape: [4, 6]), to: flat)
    #expect(
      try ModelFeed(sequence, data: flat).inputs([1])["flat"] == Tensor(Array(data.rows[6..<12]), shape: [1, 2, 3]))
    expectError(
      .unsuitable, mentioning: "has examples of shape 2×3, but the input \"features\" of the model needs shape 5"
    ) {
      try ModelFeed(data.model([("features", [5])]), data: "\(path):rows")
    }
    expectError(.unsuitable, mentioning: "has single numbers as examples") {
      try ModelFeed(data.model([("features", [5])]), data: "\(path):lengths")
    }
  }
}
