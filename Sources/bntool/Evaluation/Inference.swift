import ComputationGraphs
import Interchange
import Messages
import Names
import PopulationStatistics
import Programs
import Tensors

/// Runs the model of a file on data, and checks the outputs.
struct Inference {
  private let model: Model
  private let file: String
  private let evaluator: Evaluator

  /// The outputs that were kept, and the number and share of correct examples if there are labels.
  struct Result {
    var outputs: [(name: Name, tensor: Tensor)]
    var correct: Int?
    var accuracy: Double?
    /// The examples with an output that is not finite: their number, the index of the first, and the name of its output.
    var notFinite: (count: Int, first: Int, output: Name)?
  }

  /// - Parameter file: The model's file, for messages.
  /// - Throws: `DataError` if the graph cannot be evaluated.
  init(_ model: Model, of file: String) throws {
    self.model = model
    self.file = file
    evaluator = try Inference.naming(file) { try Evaluator(model.graph, tensors: model.tensors) }
  }

  /// Runs the model on all examples, one batch at a time. If outputs are kept, they are joined along their axis `batch`.
  ///
  /// - Parameter progress: Called after each batch with its number of examples.
  /// - Throws: `DataError` if inputs do not fit, if kept outputs of several batches have no axis `batch`, or if labels are
  ///   given and `batch` is not the first axis of the model's first output.
  func run(
    _ feed: ModelFeed, labels: Labels?, batchSize: Int, keepingOutputs: Bool, progress: (Int) -> Void = { _ in }
  ) throws -> Result {
    guard labels == nil || !model.graph.outputs.isEmpty else {
      throw DataError(description: "\(file): the model has no output")
    }
    if labels != nil, let first = model.graph.outputs.first {
      let type = model.graph.variables[first.variable].type
      guard type.batchAxis == 0 else {
        throw DataError(
          description:
            "--labels: the accuracy needs an output (batch, classes), but the model's first output \"\(first.name)\" is \(type)"
        )
      }
    }
    var kept: [Name: [Tensor]] = [:]
    var correct = 0
    var notFinite: (count: Int, first: Int, output: Name)?
    var start = 0
    // If there are no examples, one empty batch gives the shapes of the outputs.
    repeat {
      let range = start..<start + min(batchSize, feed.count - start)
      let inputs = try feed.inputs(Array(range))
      let outputs = try Inference.naming(file) { try evaluator(inputs) }
      let bad = model.graph.outputs.flatMap { port in
        (outputs[port.name]?.indicesNotFinite(
          along: model.graph.variables[port.variable].type.batchAxis) ?? []).map { (example: $0, output: port.name) }
      }
      if let first = bad.min(by: { $0.example < $1.example }) {
        let count = Set(bad.map(\.example)).count
        notFinite =
          notFinite.map { ($0.count + count, $0.first, $0.output) } ?? (count, start + first.example, first.output)
      }
      if keepingOutputs { for (name, tensor) in outputs { kept[name, default: []].append(tensor) } }
      if let labels, let output = outputs[model.graph.outputs[0].name] {
        correct += try labels.countMatches(of: output, at: range)
      }
      start = range.upperBound
      progress(range.count)
    } while start < feed.count
    return Result(
      outputs: try kept.sorted { $0.key < $1.key }.map { ($0.key, try joined($0.value, of: $0.key)) },
      correct: labels.map { _ in correct },
      accuracy: labels.flatMap { _ in feed.count == 0 ? nil : Double(correct) / Double(feed.count) },
      notFinite: notFinite)
  }

  private func joined(_ batches: [Tensor], of name: Name) throws -> Tensor {
    guard batches.count > 1 else { return batches[0] }
    let type = model.graph.outputs.first { $0.name == name }.map { model.graph.variables[$0.variable].type }
    guard let axis = type?.batchAxis else {
      throw DataError(
        description:
          "\(file): the output \"\(name)\"\(type.map { " is \($0)" } ?? "") and has no axis \"batch\", so the outputs of "
          + "\(counted(batches.count, "batch")) cannot be joined; give at most \(counted(Run.batchSize, "example"))")
    }
    return try Inference.naming("\(file): the output \"\(name)\"") { try Tensor.concatenating(batches, axis: axis) }
  }

  /// Runs a closure, and puts the name of the model's file in front of its errors.
  static func naming<Result>(_ file: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as GraphError {
      throw DataError(description: "\(file): \(error)")
    } catch let error as TensorError {
      throw DataError(description: "\(file): \(error)")
    } catch let error as StatisticsError where error.code == .neverObserved {
      throw NegativeAnswer(description: "\(file): \(error)")
    } catch let error as StatisticsError {
      throw DataError(description: "\(file): \(error)\(error.advice(for: file))")
    }
  }
}
