import Bricks

/// The array that an input of a model is fed from.
struct FeedSource: Sendable {
  /// The input.
  let name: String
  let type: ScalarType
  let set: DataSet
  /// The extents of one example as the model wants them.
  let example: [Int]

  /// - Throws: `InterchangeError` with code `.unsuitable` where the examples are not of the input's shape, nor as many elements in another
  ///   arrangement (28×28 for 784).
  init(_ name: String, _ type: VariableType, _ set: DataSet) throws(InterchangeError) {
    let given = Array(set.shape.dimensions.dropFirst())
    let wanted = type.shape.dropFirst().map(\.fixed)
    self.name = name
    self.type = type.scalar
    self.set = set
    if wanted.count == given.count, zip(wanted, given).allSatisfy({ $0 == nil || $0 == $1 }) {
      example = given
      return
    }
    let fixed = wanted.compactMap { $0 }
    guard fixed.count == wanted.count, let size = try? Shape(checking: fixed).elementCount,
      size == (try? Shape(checking: given).elementCount)
    else {
      let have = given.isEmpty ? "single numbers as examples" : "examples of shape \(Shape(given))"
      let want = wanted.isEmpty ? "single numbers" : type.shape.dropFirst().map(\.description).joined(separator: "×")
      throw InterchangeError(
        .unsuitable, "has \(have), the input \"\(name)\" of the model wants \(want)", path: set.location)
    }
    example = fixed
  }
}

/// The lengths of sequences, of which masks are made.
struct Lengths: Sendable {
  let set: DataSet
  let type: ScalarType
  let stepCount: Int

  /// - Throws: `InterchangeError` where they are not one for each example, or examples have no time axis.
  init(_ place: String, _ type: ScalarType, of example: [Int], at location: String) throws(InterchangeError) {
    set = try DataSet(contentsOf: place)
    guard set.shape.rank == 1 else {
      throw InterchangeError(
        .unsuitable, "has the shape \(set.shape), which is not one length for each example", path: place)
    }
    guard let stepCount = example.first else {
      throw InterchangeError(
        .unsuitable, "has single numbers as examples, no sequences that have lengths", path: location)
    }
    self.type = type
    self.stepCount = stepCount
  }

  /// (examples, time): 1 before the end of each sequence, 0 from there on.
  func mask(_ examples: [Int]) throws -> Tensor {
    let lengths = try set.rows(examples, as: .int64)
    var mask: [Double] = []
    for (example, length) in zip(examples, lengths.doubles) {
      guard length >= 0, length <= Double(stepCount) else {
        throw InterchangeError(
          .outOfRange,
          "the length \(Int(length)) of example \(example) is not between 0 and the \(stepCount) steps of the data",
          path: set.location)
      }
      mask += (0..<stepCount).map { Double($0) < length ? 1 : 0 }
    }
    return try Tensor(mask, shape: Shape(checking: [examples.count, stepCount])).converted(to: type)
  }
}
