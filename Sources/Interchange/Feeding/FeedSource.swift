import ComputationGraphs
import Tensors

/// The array for one input of a model.
struct FeedSource: Sendable {
  /// The input.
  let name: Name
  let type: ScalarType
  let set: Examples
  /// The extents of one example that the model needs.
  let example: [Int]
  private let batchAxis: Int
  /// Whether the array is a mask, which may only have the numbers 0 and 1.
  private let isMask: Bool

  /// - Throws: `InterchangeError` with code `.unsuitable` if the examples have no elements, if they have neither the input's shape nor
  ///   the same elements in a different arrangement (28×28 or 1×28×28 for 784, 64 for eight steps of 8), or if the input has no axis
  ///   for examples.
  init(_ name: Name, _ type: VariableType, _ set: Examples, isMask: Bool) throws(InterchangeError) {
    let given = Array(set.shape.dimensions.dropFirst())
    // Any number of examples without elements fits into a small file. An array without examples can have examples of any size.
    guard !given.contains(0) else {
      throw InterchangeError(
        .unsuitable,
        "has the shape \(set.shape), so its examples have no elements; save examples with at least one element",
        path: set.location)
    }
    let size = try? Shape(checking: given).elementCount
    guard let size, !size.multipliedReportingOverflow(by: type.scalar.byteCount).overflow else {
      throw InterchangeError(
        .unsuitable, "has the shape \(set.shape), and an example is larger than any memory", path: set.location)
    }
    let batchAxis = try type.axisOfExamples(input: name, fedFrom: set.location)
    let extents = type.shape.enumerated().filter { $0.offset != batchAxis }.map(\.element)
    let wanted = extents.map(\.fixed)
    self.name = name
    self.type = type.scalar
    self.set = set
    self.batchAxis = batchAxis
    self.isMask = isMask
    if wanted.count == given.count, zip(wanted, given).allSatisfy({ $0 == nil || $0 == $1 }) {
      example = given
      return
    }
    guard let example = FeedSource.arrangement(of: given, as: wanted) else {
      let have = given.isEmpty ? "single numbers as examples" : "examples of shape \(Shape(given))"
      let want = wanted.isEmpty ? "single numbers" : "shape \(extents.map(\.description).joined(separator: "×"))"
      throw InterchangeError(
        .unsuitable,
        "has \(have), but the input \"\(name)\" of the model needs \(want)\(FeedSource.advice(given, wanted))",
        path: set.location)
    }
    self.example = example
  }

  /// Returns advice for the error message if the data have the channels at the wrong end; otherwise an empty text.
  private static func advice(_ given: [Int], _ wanted: [Int?]) -> String {
    let extents = wanted.compactMap { $0 }
    guard given.count >= 2, extents.count == wanted.count else { return "" }
    let axes = Array(1...given.count)
    let orders = [[given.count] + axes.dropLast(), Array(axes.dropFirst()) + [1]]
    guard let order = orders.first(where: { $0.map { given[$0 - 1] } == extents }) else { return "" }
    return "; move the channels, in NumPy by x.transpose(\(([0] + order).map(String.init).joined(separator: ", ")))"
  }

  /// Returns the extents that the model needs if examples with the given extents can be reshaped to them; otherwise nil. If one extent
  /// is open, such as the number of time steps, flat data get as many steps as they contain.
  private static func arrangement(of given: [Int], as wanted: [Int?]) -> [Int]? {
    let fixed = wanted.compactMap { $0 }
    guard let size = try? Shape(checking: fixed).elementCount, let count = try? Shape(checking: given).elementCount
    else {
      return nil
    }
    if fixed.count == wanted.count {
      // Reshaping may only join or split neighbouring axes. Otherwise, elements would get a different meaning, such as the pixels of
      // images whose channels are at the other end.
      let (before, after) = (FeedSource.ends(of: given), FeedSource.ends(of: fixed))
      return size == count && (before.isSubset(of: after) || after.isSubset(of: before)) ? fixed : nil
    }
    guard fixed.count == wanted.count - 1, given.count == 1, size > 0, count.isMultiple(of: size) else { return nil }
    return wanted.map { $0 ?? count / size }
  }

  /// Returns the product of the first n extents, for every n from 0 on.
  private static func ends(of shape: [Int]) -> Set<Int> {
    var ends: Set = [1]
    var product = 1
    for extent in shape {
      product &*= extent
      ends.insert(product)
    }
    return ends
  }

  /// Reads the given examples in the shape and type of the input.
  ///
  /// - Throws: `InterchangeError` with code `.unsuitable` that names the first number of a mask that is neither 0 nor 1.
  func tensor(_ examples: [Int]) throws -> Tensor {
    let rows = try set.rows(examples, as: type)
    if isMask { try checkMask(rows.doubles, of: examples) }
    return try arranged(rows, count: examples.count)
  }

  private func checkMask(_ numbers: [Double], of examples: [Int]) throws(InterchangeError) {
    guard let index = numbers.firstIndex(where: { $0 != 0 && $0 != 1 }) else { return }
    let size = numbers.count / examples.count
    throw InterchangeError(
      .unsuitable,
      "a mask may only have the numbers 0 and 1, but example \(examples[index / size]) has \(numbers[index]) at step "
        + "\(index % size) (counted from 0); correct the mask",
      path: set.location)
  }

  /// Reshapes examples along the first axis to the shape of the input.
  func arranged(_ rows: Tensor, count: Int) throws -> Tensor {
    try rows.reshaped(to: Shape(checking: [count] + example)).movingExamples(to: batchAxis)
  }
}

/// The lengths of sequences, for computing masks.
struct Lengths: Sendable {
  let set: Examples
  private let type: ScalarType
  private let batchAxis: Int
  private let stepCount: Int

  /// - Throws: `InterchangeError` unless there is one length for each example and the examples have a time axis.
  init(_ place: String, _ type: VariableType, of example: [Int], at location: String) throws(InterchangeError) {
    set = try Examples(contentsOf: place)
    guard set.shape.rank == 1 else {
      throw InterchangeError(
        .unsuitable, "has the shape \(set.shape), but there must be one length for each example", path: place)
    }
    guard let stepCount = example.first else {
      throw InterchangeError(
        .unsuitable, "has single numbers as examples, which have no lengths", path: location)
    }
    self.type = type.scalar
    batchAxis = try type.axisOfExamples(input: "mask", fedFrom: place)
    self.stepCount = stepCount
  }

  /// Computes the mask, which is 1 before the end of each sequence and 0 after it. Examples are along the mask's axis of examples.
  func mask(_ examples: [Int]) throws -> Tensor {
    let lengths = try set.rows(examples, as: .int64)
    var mask: [Double] = []
    guard case .int64(let elements) = lengths.storage else { return lengths }
    for (example, length) in zip(examples, elements) {
      guard length >= 0, length <= stepCount else {
        throw InterchangeError(
          .outOfRange,
          "the length \(length) of example \(example) is not between 0 and the \(stepCount) steps of the data",
          path: set.location)
      }
      mask += (0..<stepCount).map { $0 < length ? 1 : 0 }
    }
    return try Tensor(mask, shape: Shape(checking: [examples.count, stepCount])).converted(to: type)
      .movingExamples(to: batchAxis)
  }
}

extension VariableType {
  /// The axis of examples, which is called `batch`; nil if there is no such axis.
  public var batchAxis: Int? { shape.firstIndex(of: .symbolic("batch")) }

  /// - Throws: `InterchangeError` with code `.unsuitable` if the input has no axis for examples.
  fileprivate func axisOfExamples(input name: Name, fedFrom place: String) throws(InterchangeError) -> Int {
    if let batchAxis { return batchAxis }
    // By default, exporters of ONNX give all axes fixed extents.
    let opened = (["batch"] + shape.dropFirst().map(\.description)).joined(separator: ",")
    let advice =
      shape.allSatisfy { $0.fixed != nil }
      ? "; if it came from ONNX, convert it with a dynamic axis: --input-shape \(name)=\(opened)" : ""
    throw InterchangeError(
      .unsuitable,
      shape.isEmpty
        ? "the input \"\(name)\" of the model is a single number, not one number for each example"
        : "the input \"\(name)\" of the model is \(self), without an axis \"batch\" for examples\(advice)",
      path: place)
  }
}

extension Tensor {
  /// Moves the first axis to another position.
  fileprivate func movingExamples(to axis: Int) throws -> Tensor {
    axis == 0 ? self : try transposed(Array(1...axis) + [0] + Array(axis + 1..<shape.rank))
  }
}
