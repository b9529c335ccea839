import Bricks
import Checkpoints
import Interchange

/// A model that is fed from one dataset.
struct Inference {
  private let model: Model
  private let file: String
  private let interpreter: Interpreter
  private let data: Graph.Port
  private let step: Tensor?

  struct Result {
    var outputs: [(name: String, tensor: Tensor)]
    var correct: Int?
    var accuracy: Double?
  }

  /// - Parameter file: the model's file, for messages.
  /// - Throws: `UsageError` where the model does not have exactly one input beside the time step, or needs a step that is not given;
  ///   `DataError` where its graph cannot be evaluated.
  init(_ model: Model, of file: String, step: Int?) throws {
    self.model = model
    self.file = file
    interpreter = try Inference.naming(file) { try Interpreter(model.graph, tensors: model.tensors) }
    let ports = model.graph.inputs
    let steps = ports.filter { model.graph.variables[$0.variable].type == VariableType(.int64, []) }
    let others = ports.filter { !steps.contains($0) }
    guard others.count == 1, steps.count <= 1, steps.isEmpty || steps[0].name == "step" else {
      throw UsageError(
        description: "\(file): the model has the inputs \(ports.map(\.name).joined(separator: ", ")); "
          + "run feeds models with one input")
    }
    guard steps.isEmpty == (step == nil) else {
      throw UsageError(
        description: steps.isEmpty
          ? "\(file): the model has no input \"step\"; leave --step out"
          : "\(file): the model has statistics per time step; say which: --step N")
    }
    guard step ?? 0 >= 0 else { throw UsageError(description: "--step \(step ?? 0) is negative; steps count from 0") }
    data = others[0]
    self.step = try step.map { try Tensor([Int64($0)], shape: []) }
  }

  /// Runs all examples, a batch at a time, so that memory holds one batch and, where they are kept, the outputs.
  func run(_ set: DataSet, labels: Labels?, batchSize: Int, keepingOutputs: Bool) throws -> Result {
    let type = model.graph.variables[data.variable].type
    let example = try exampleShape(of: set, for: type)
    guard labels == nil || !model.graph.outputs.isEmpty else {
      throw DataError(description: "\(file): the model has no output")
    }
    var kept: [String: [Tensor]] = [:]
    var correct = 0
    var start = 0
    // Of no examples one empty batch, for the outputs' shapes.
    repeat {
      let range = start..<start + min(batchSize, set.count - start)
      let rows = try set.rows(range, as: type.scalar).reshaped(to: Shape(checking: [range.count] + example))
      var inputs = [data.name: rows]
      if let step { inputs["step"] = step }
      let outputs = try Inference.naming(file) { try interpreter(inputs) }
      if keepingOutputs { for (name, tensor) in outputs { kept[name, default: []].append(tensor) } }
      if let labels, let output = outputs[model.graph.outputs[0].name] {
        correct += try labels.countMatches(of: output, at: range)
      }
      start = range.upperBound
    } while start < set.count
    return Result(
      outputs: try kept.sorted { $0.key < $1.key }.map { ($0.key, try joined($0.value, named: $0.key)) },
      correct: labels.map { _ in correct },
      accuracy: labels.flatMap { _ in set.count == 0 ? nil : Double(correct) / Double(set.count) })
  }

  private func joined(_ batches: [Tensor], named name: String) throws -> Tensor {
    guard batches.count > 1 else { return batches[0] }
    return try Inference.naming("\(file): the output \"\(name)\"") { try Tensor.concatenating(batches, axis: 0) }
  }

  /// The extents of one example, where the data have them, or as many elements in another arrangement (28×28 for 784).
  private func exampleShape(of set: DataSet, for type: VariableType) throws -> [Int] {
    let given = Array(set.shape.dimensions.dropFirst())
    let wanted = type.shape.dropFirst().map(\.fixed)
    if wanted.count == given.count, zip(wanted, given).allSatisfy({ $0 == nil || $0 == $1 }) { return given }
    let fixed = wanted.compactMap { $0 }
    if fixed.count == wanted.count, Formatting.elementCount(fixed) == Formatting.elementCount(given) { return fixed }
    let shape = given.isEmpty ? "single numbers as examples" : "examples of shape \(Formatting.shape(given))"
    throw DataError(
      description: "\(set.location): has \(shape), the input \"\(data.name)\" of \(file) wants "
        + (wanted.isEmpty ? "single numbers" : type.shape.dropFirst().map(\.description).joined(separator: "×")))
  }

  /// Runs a body in whose errors the model's file is to be named.
  private static func naming<Result>(_ file: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as GraphError {
      throw DataError(description: "\(file): \(error)")
    } catch let error as TensorError {
      throw DataError(description: "\(file): \(error)")
    }
  }
}

/// The right class of every example.
struct Labels {
  private let set: DataSet

  /// - Throws: `InterchangeError` where the labels cannot be read, `DataError` where they are not one per example.
  init(contentsOf location: String, count: Int) throws {
    set = try Console.timed("opened \(location)") { try DataSet(contentsOf: location) }
    guard set.count == count, set.shape.elementCount == count else {
      throw DataError(
        description: "\(location): has the shape \(set.shape), which is not one label for each of "
          + Formatting.counted(count, "example"))
    }
  }

  /// How many rows of an output are greatest at the label; the first of equal ones counts.
  func countMatches(of output: Tensor, at range: Range<Int>) throws -> Int {
    guard output.shape.rank == 2, output.shape[0] == range.count, output.shape[1] > 0 else {
      throw DataError(
        description:
          "--labels: accuracy needs outputs (examples, classes); the model's first output has the shape \(output.shape)"
      )
    }
    guard case .int64(let labels) = try set.rows(range, as: .int64).storage else { return 0 }
    let scores = output.doubles
    let classCount = output.shape[1]
    var matches = 0
    for (row, label) in labels.enumerated() {
      guard (0..<Int64(classCount)).contains(label) else {
        throw DataError(
          description:
            "\(set.location): label \(label) of example \(range.lowerBound + row) is none of the \(classCount) classes, "
            + "which count from 0")
      }
      let row = scores[row * classCount..<(row + 1) * classCount]
      let greatest = row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 }
      if greatest - row.startIndex == Int(label), !row[greatest].isNaN { matches += 1 }
    }
    return matches
  }
}
