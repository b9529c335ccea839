import Bricks
import HDF5
import Interchange
import Testing

@Suite("The feed of a model")
struct ModelFeedTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// A model with some inputs of one example's shape, and perhaps a time step.
  private func model(_ inputs: [(name: Name, shape: [Int])], step: Bool = false) throws -> Model {
    try Model([], seed: 1) { scope in
      let variables = try inputs.map { try scope.input(ModelInput(name: $0.name, shape: $0.shape)) }
      if step { _ = try scope.builder.input("step", VariableType(.int64, [])) }
      return NamedVariables(try variables.enumerated().map { ("output_\($0)", try $1.applying(.hyperbolicTangent)) })
    }
  }

  private let rows: [Float] = (0..<24).map(Float.init)

  /// Four examples: rows of 2×3, masks of 2 steps, and their lengths.
  private func data() throws -> String {
    let path = try directory.file("data.h5")
    let file = try HDF5.File(creating: path)
    try file.writeDataset("rows", rows, dimensions: [4, 2, 3])
    try file.writeDataset("mask", [1, 0, 1, 1, 0, 0, 1, 1] as [Float], dimensions: [4, 2])
    try file.writeDataset("lengths", [1, 2, 0, 2] as [Int64], dimensions: [4])
    try file.writeDataset("three", [1, 2, 0] as [Int64], dimensions: [3])
    try file.writeDataset("long", [1, 3, 0, 2] as [Int64], dimensions: [4])
    try file.writeDataset("half", [1, 1.5, 0, 2] as [Double], dimensions: [4])
    try file.writeDataset("two", [1, 0, 1, 2, 0, 0, 1, 1] as [Float], dimensions: [4, 2])
    try file.writeDataset("minus", [1, 0, 1, 1, -1, 0, 1, 1] as [Float], dimensions: [4, 2])
    try file.writeDataset("part", [1, 0, 1, 1, 0, 0, 0.5, 1] as [Float], dimensions: [4, 2])
    try file.writeDataset("nan", [1, .nan, 1, 1, 0, 0, 1, 1] as [Float], dimensions: [4, 2])
    try file.close()
    return path
  }

  @Test("is the array at a location for its only input, in the order of the given examples")
  func oneInput() throws {
    let path = try data()
    let model = try model([("rows", [2, 3])])
    for place in ["\(path):rows", path] {
      let feed = try ModelFeed(model, data: place)
      #expect(feed.count == 4 && feed.location == place)
      let inputs = try feed.inputs([2, 0])
      #expect(inputs.keys.sorted() == ["rows"])
      #expect(inputs["rows"] == (try Tensor(Array(rows[12..<18]) + rows[0..<6], shape: [2, 2, 3])))
    }
  }

  @Test(
    "joins and divides axes, but never takes one axis for another",
    arguments: [
      ([2, 3, 4], [6, 4], nil), ([24], [2, 3, 4], nil), ([1, 6, 4], [6, 4, 1], nil), ([2, 12], [2, 3, 4], nil),
      ([3, 4, 2], [2, 3, 4], "; move the channels, in NumPy by x.transpose(0, 3, 1, 2)"),
      ([2, 3, 4], [3, 4, 2], "; move the channels, in NumPy by x.transpose(0, 2, 3, 1)"),
      ([4, 6], [6, 4], "; move the channels, in NumPy by x.transpose(0, 2, 1)"),
      ([4, 6], [8, 3], " of the model needs shape 8×3"), ([5, 5], [6, 4], " of the model needs shape 6×4"),
    ] as [([Int], [Int], String?)])
  func axes(given: [Int], wanted: [Int], error: String?) throws {
    let path = try directory.file("axes.npy")
    let count = given.reduce(1, *)
    try NumPyArray.write(Tensor((0..<count).map(Float.init), shape: Shape([1] + given)), to: path)
    let model = try model([("x", wanted)])
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
    let path = try data()
    let feed = try ModelFeed(model([("features", [6])]), data: "\(path):rows")
    #expect(try feed.inputs([1])["features"] == Tensor(Array(rows[6..<12]), shape: [1, 6]))
    let sequence = try Model([], seed: 1) { scope in
      let x = try scope.builder.input("flat", VariableType(.float32, ["batch", "time", 3]))
      return ["output": try x.applying(.hyperbolicTangent)]
    }
    let flat = "\(directory.path)/flat.npy"
    try NumPyArray.write(Tensor(rows, shape: [4, 6]), to: flat)
    #expect(try ModelFeed(sequence, data: flat).inputs([1])["flat"] == Tensor(Array(rows[6..<12]), shape: [1, 2, 3]))
    expectError(
      .unsuitable, mentioning: "has examples of shape 2×3, but the input \"features\" of the model needs shape 5"
    ) {
      try ModelFeed(model([("features", [5])]), data: "\(path):rows")
    }
    expectError(.unsuitable, mentioning: "has single numbers as examples") {
      try ModelFeed(model([("features", [5])]), data: "\(path):lengths")
    }
  }

  @Test("has the arrays with the inputs' names in one file, or a mask from another file")
  func severalInputs() throws {
    let path = try data()
    let model = try model([("rows", [2, 3]), ("mask", [2])])
    let named = try ModelFeed(model, data: path).inputs([3, 1])
    #expect(named["mask"] == (try Tensor([1, 1, 1, 1] as [Float], shape: [2, 2])))
    #expect(named["rows"] == (try Tensor(Array(rows[18..<24]) + rows[6..<12], shape: [2, 2, 3])))
    let masked = try ModelFeed(model, data: "\(path):rows", mask: .array("\(path):mask")).inputs([0, 2])
    #expect(masked["mask"] == (try Tensor([1, 0, 0, 0] as [Float], shape: [2, 2])))
    let lengths = try ModelFeed(model, data: "\(path):rows", mask: .lengths("\(path):lengths"))
    #expect(try lengths.inputs([0, 1, 2])["mask"] == Tensor([1, 0, 1, 1, 0, 0] as [Float], shape: [3, 2]))
    expectError(
      .noSuchMember, mentioning: "the model has the inputs rows, other, which must be arrays with these names"
    ) {
      try ModelFeed(self.model([("rows", [2, 3]), ("other", [2])]), data: path)
    }
  }

  @Test("refuses examples without elements, of which a small file can have any number")
  func withoutElements() throws {
    let model = try model([("x", [2])])
    // The shape is (2⁶², 0).
    expectError(.unsuitable, mentioning: "has the shape 4611686018427387904×0", "no elements") {
      try ModelFeed(model, data: fixturePath("no_elements.npy"))
    }
    let path = try directory.file("empty.npy")
    try NumPyArray.write(Tensor([Float](), shape: [0, 1 << 61]), to: path)
    expectError(.unsuitable, mentioning: "larger than any memory") { try ModelFeed(model, data: path) }
    // No examples, but with elements.
    try NumPyArray.write(Tensor([Float](), shape: [0, 2]), to: path)
    #expect(try ModelFeed(model, data: path).count == 0)
  }

  @Test("refuses a length of 2⁶³ − 1 with the number itself")
  func hugeLength() throws {
    let path = try directory.file("two.npy")
    try NumPyArray.write(Tensor(Array(rows[..<12]), shape: [2, 2, 3]), to: path)
    let model = try model([("rows", [2, 3]), ("mask", [2])])
    let feed = try ModelFeed(model, data: path, mask: .lengths(fixturePath("huge_length.npy")))
    expectError(.outOfRange, mentioning: "the length 9223372036854775807 of example 0 is not between 0 and the 2 steps")
    {
      try feed.inputs([0, 1])
    }
  }

  @Test("refuses masks and lengths that do not fit the data")
  func masks() throws {
    let path = try data()
    let model = try model([("rows", [2, 3]), ("mask", [2])])
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
      try ModelFeed(self.model([("rows", [2, 3])]), data: "\(path):rows", mask: .array("\(path):mask"))
    }
    expectError(.unsuitable, mentioning: "which have no lengths") {
      try ModelFeed(
        self.model([("features", []), ("mask", [2])]), data: "\(path):lengths", mask: .lengths("\(path):lengths"))
    }
  }

  @Test(
    "refuses masks with other numbers than 0 and 1, and names the position",
    arguments: [("two", 1, "2.0", 1), ("minus", 2, "-1.0", 0), ("part", 3, "0.5", 0), ("nan", 0, "nan", 1)])
  func maskNumbers(_ name: String, _ example: Int, _ number: String, _ step: Int) throws {
    let path = try data()
    let model = try model([("rows", [2, 3]), ("mask", [2])])
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

  @Test("has examples along the model's axis batch, also for masks and lengths")
  func timeFirst() throws {
    let path = try data()
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
        for start in examples.map({ 6 * $0 + 3 * step }) { expected += rows[start..<start + 3] }
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
    let path = try data()
    let model = try model([("rows", [2, 3])], step: true)
    #expect(model.graph.takesTimeStep && !model.graph.takesMask)
    let feed = try ModelFeed(model, data: "\(path):rows", step: 2)
    #expect(try feed.inputs([0])["step"] == Tensor([2] as [Int64], shape: []))
    let batch = BatchPlan(exampleCount: 4, batchSize: 2, seed: 1).batches[1]
    #expect(feed.name(of: batch) == "data.h5:rows[step 2][seed 1][2:4]")
    expectError(.unsuitable, mentioning: "give the time step") { try ModelFeed(model, data: "\(path):rows") }
    let stepless = try self.model([("rows", [2, 3])])
    #expect(try ModelFeed(stepless, data: "\(path):rows").name(of: batch) == "data.h5:rows[seed 1][2:4]")
    expectError(.unsuitable, mentioning: "leave the time step out") {
      try ModelFeed(stepless, data: "\(path):rows", step: 0)
    }
  }

  @Test("needs data that exist")
  func nothing() throws {
    let path = try data()
    expectError(.unsuitable, mentioning: "no input to feed") { try ModelFeed(model([]), data: "\(path):rows") }
    expectError(.noSuchMember, mentioning: "name one") { try ModelFeed(model([("other", [2, 3])]), data: path) }
    expectError(.notFound) { try ModelFeed(model([("rows", [2, 3])]), data: directory.path + "/none.npy") }
    expectError(.outOfRange) { try ModelFeed(model([("rows", [2, 3])]), data: "\(path):rows").inputs([4]) }
  }
}
