import Bricks
import Interchange
import Testing

@Suite("The feed of a model")
struct FeedMaskTests {
  private let data: FeedData

  init() throws { data = try FeedData() }

  @Test("refuses a length of 2⁶³ − 1 with the number itself")
  func hugeLength() throws {
    let path = try data.directory.file("two.npy")
    try NumPyArray.write(Tensor(Array(data.rows[..<12]), shape: [2, 2, 3]), to: path)
    let model = try data.model([("rows", [2, 3]), ("mask", [2])])
    let feed = try ModelFeed(model, data: path, mask: .lengths(fixturePath("huge_length.npy")))
    expectError(.outOfRange, mentioning: "the length 9223372036854775807 of example 0 is not between 0 and the 2 steps")
    {
      try feed.inputs([0, 1])
    }
  }

  @Test("refuses masks and lengths that do not fit the data")
  func masks() throws {
    let path = try data.file()
    let model = try data.model([("rows", [2, 3]), ("mask", [2])])
    func feed(_ mask: ModelFeed.Mask) throws -> ModelFeed { try ModelFeed(model, data: "\(path):rows", mask: mask) }
    expectError(.unsuitable, mentioning: "has 3 examples, but \(path):rows has 4") {
      try feed(.lengths("\(path):three"))
    }
    expectError(.unsuitable, mentioning: "one length for each example") { try feed(.lengths("\(path):rows")) }
    expectError(.unsuitable, mentioning: "the input \"mask\" of the model needs shape 2") {
      try feed(.array("\(path):rows"))
    }
    expectError(.noSuchMember) { try feed(.array("\(path):none")) }
    expectError(.outOfRange, mentioning: "the length 3 of example 1 is not between 0 and the 2 steps") {
      try feed(.lengths("\(path):long")).inputs([0, 1])
    }
    #expect(try feed(.lengths("\(path):long")).inputs([0, 2])["mask"]?.doubles == [1, 0, 0, 0])
    expectError(.unsupported) { try feed(.lengths("\(path):half")).inputs([0, 1]) }
    expectError(.unsuitable, mentioning: "the model has no input \"mask\"") {
      try ModelFeed(data.model([("rows", [2, 3])]), data: "\(path):rows", mask: .array("\(path):mask"))
    }
    expectError(.unsuitable, mentioning: "which have no lengths") {
      try ModelFeed(
        data.model([("features", []), ("mask", [2])]), data: "\(path):lengths", mask: .lengths("\(path):lengths"))
    }
  }

  @Test(
    "refuses masks with other numbers than 0 and 1, and names the position",
    arguments: [("two", 1, "2.0", 1), ("minus", 2, "-1.0", 0), ("part", 3, "0.5", 0), ("nan", 0, "nan", 1)])
  func maskNumbers(_ name: String, _ example: Int, _ number: String, _ step: Int) throws {
    let path = try data.file()
    let model = try data.model([("rows", [2, 3]), ("mask", [2])])
    let feed = try ModelFeed(model, data: "\(path):rows", mask: .array("\(path):\(name)"))
    // The example is the same in any batch.
    for examples in [[0, 1, 2, 3], [3, 2, 1, 0]] {
      expectError(.unsuitable, mentioning: "\(path):\(name)", "example \(example) has \(number) at step \(step)") {
        try feed.inputs(examples)
      }
    }
    #expect(try feed.inputs([0, 1, 2, 3].filter { $0 != example }).count == 2)
    // Without --mask, a model of other frameworks may mean something else by this name.
    #expect(try ModelFeed(model, data: path).inputs([0])["mask"]?.doubles == [1, 0])
  }
}
