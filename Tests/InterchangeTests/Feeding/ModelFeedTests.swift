import Bricks
import HDF5
import Interchange
import Testing

@Suite("The feed of a model")
struct ModelFeedTests {
  private let data: FeedData

  init() throws { data = try FeedData() }

  @Test("is the array at a location for its only input, in the order of the given examples")
  func oneInput() throws {
    let path = try data.file()
    let model = try data.model([("rows", [2, 3])])
    for place in ["\(path):rows", path] {
      let feed = try ModelFeed(model, data: place)
      #expect(feed.count == 4 && feed.location == place)
      let inputs = try feed.inputs([2, 0])
      #expect(inputs.keys.sorted() == ["rows"])
      #expect(inputs["rows"] == (try Tensor(Array(data.rows[12..<18]) + data.rows[0..<6], shape: [2, 2, 3])))
    }
  }

  @Test("has the arrays with the inputs' names in one file, or a mask from another file")
  func severalInputs() throws {
    let path = try data.file()
    let model = try data.model([("rows", [2, 3]), ("mask", [2])])
    let named = try ModelFeed(model, data: path).inputs([3, 1])
    #expect(named["mask"] == (try Tensor([1, 1, 1, 1] as [Float], shape: [2, 2])))
    #expect(named["rows"] == (try Tensor(Array(data.rows[18..<24]) + data.rows[6..<12], shape: [2, 2, 3])))
    let masked = try ModelFeed(model, data: "\(path):rows", mask: .array("\(path):mask")).inputs([0, 2])
    #expect(masked["mask"] == (try Tensor([1, 0, 0, 0] as [Float], shape: [2, 2])))
    let lengths = try ModelFeed(model, data: "\(path):rows", mask: .lengths("\(path):lengths"))
    #expect(try lengths.inputs([0, 1, 2])["mask"] == Tensor([1, 0, 1, 1, 0, 0] as [Float], shape: [3, 2]))
    expectError(
      .noSuchMember, mentioning: "the model has the inputs rows, other, which must be arrays with these names"
    ) {
      try ModelFeed(data.model([("rows", [2, 3]), ("other", [2])]), data: path)
    }
  }

  @Test("refuses examples without elements, of which a small file can have any number")
  func withoutElements() throws {
    let model = try data.model([("x", [2])])
    // The shape is (2⁶², 0).
    expectError(.unsuitable, mentioning: "has the shape 4611686018427387904×0", "no elements") {
      try ModelFeed(model, data: fixturePath("no_elements.npy"))
    }
    let path = try data.directory.file("empty.npy")
    try NumPyArray.write(Tensor([Float](), shape: [0, 1 << 61]), to: path)
    expectError(.unsuitable, mentioning: "larger than any memory") { try ModelFeed(model, data: path) }
    // No examples, but with elements.
    try NumPyArray.write(Tensor([Float](), shape: [0, 2]), to: path)
    #expect(try ModelFeed(model, data: path).count == 0)
  }

  @Test("has examples along the model's axis batch, also for masks and lengths")
  func timeFirst() throws {
    let path = try data.file()
    let model = try Model([], seed: 1) { scope in
      let x = try scope.builder.input("rows", VariableType(.float32, ["time", "batch", 3]))
      _ = try scope.builder.input("mask", VariableType(.float32, ["time", "batch"]))
      return ["output": try x.applying(.hyperbolicTangent)]
    }
    for mask in [nil, ModelFeed.Mask.array("\(path):mask"), .lengths("\(path):lengths")] {
      let feed = try ModelFeed(model, data: mask == nil ? path : "\(path):rows", mask: mask)
      let inputs = try feed.inputs([3, 0, 1])
      let examples = [3, 0, 1]
      var expected: [Float] = []
      for step in 0..<2 {
        for start in examples.map({ 6 * $0 + 3 * step }) { expected += data.rows[start..<start + 3] }
      }
      #expect(inputs["rows"] == (try Tensor(expected, shape: [2, 3, 3])))
      #expect(inputs["mask"] == (try Tensor([1, 1, 1, 1, 0, 1] as [Float], shape: [2, 3])))
    }
    let wide = try Model([], seed: 1) { scope in
      let x = try scope.builder.input("rows", VariableType(.float32, ["time", "batch", 2]))
      return ["output": try x.applying(.hyperbolicTangent)]
    }
    expectError(.unsuitable, mentioning: "the input \"rows\" of the model needs shape time×2") {
      try ModelFeed(wide, data: "\(path):rows")
    }
    let scalar = try Model([], seed: 1) { scope in
      ["output": try scope.builder.input("x", VariableType(.float32, [])).applying(.hyperbolicTangent)]
    }
    let nameless = try Model([], seed: 1) { scope in
      let x = try scope.builder.input("rows", VariableType(.float32, ["time", "examples", 3]))
      return ["output": try x.applying(.hyperbolicTangent)]
    }
    expectError(
      .unsuitable, mentioning: "the input \"rows\" of the model is float32 time×examples×3, without an axis \"batch\""
    ) {
      try ModelFeed(nameless, data: "\(path):rows")
    }
    expectError(.unsuitable, mentioning: "single number") { try ModelFeed(scalar, data: "\(path):lengths") }
  }

  @Test("gives the time step if the model needs it, and uses it in the names of batches")
  func steps() throws {
    let path = try data.file()
    let model = try data.model([("rows", [2, 3])], step: true)
    #expect(model.graph.takesTimeStep && !model.graph.takesMask)
    let feed = try ModelFeed(model, data: "\(path):rows", step: 2)
    #expect(try feed.inputs([0])["step"] == Tensor([2] as [Int64], shape: []))
    let batch = BatchPlan(exampleCount: 4, batchSize: 2, seed: 1).batches[1]
    #expect(feed.name(of: batch) == "data.h5:rows[step 2][seed 1][2:4]")
    expectError(.unsuitable, mentioning: "give the time step") { try ModelFeed(model, data: "\(path):rows") }
    let stepless = try data.model([("rows", [2, 3])])
    #expect(try ModelFeed(stepless, data: "\(path):rows").name(of: batch) == "data.h5:rows[seed 1][2:4]")
    expectError(.unsuitable, mentioning: "leave the time step out") {
      try ModelFeed(stepless, data: "\(path):rows", step: 0)
    }
  }

  @Test("needs data that exist")
  func nothing() throws {
    let path = try data.file()
    expectError(.unsuitable, mentioning: "no input to feed") { try ModelFeed(data.model([]), data: "\(path):rows") }
    expectError(.noSuchMember, mentioning: "name one") { try ModelFeed(data.model([("other", [2, 3])]), data: path) }
    expectError(.notFound) { try ModelFeed(data.model([("rows", [2, 3])]), data: data.directory.path + "/none.npy") }
    expectError(.outOfRange) { try ModelFeed(data.model([("rows", [2, 3])]), data: "\(path):rows").inputs([4]) }
  }
}
