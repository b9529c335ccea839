import Bricks
import Checkpoints
import Interchange
import PopulationStatistics
import Programs

/// A model that is run over data.
struct Inference {
  private let model: Model
  private let file: String
  private let evaluator: Evaluator

  struct Result {
    var outputs: [(name: Name, tensor: Tensor)]
    var correct: Int?
    var accuracy: Double?
  }

  /// - Parameter file: the model's file, for messages.
  /// - Throws: `DataError` where its graph cannot be evaluated.
  init(_ model: Model, of file: String) throws {
    self.model = model
    self.file = file
    evaluator = try Inference.naming(file) { try Evaluator(model.graph, tensors: model.tensors) }
  }

  /// Runs all examples, a batch at a time, so that memory holds one batch and, where they are kept, the outputs, which are joined
  /// along their axis `batch`.
  ///
  /// - Parameter progress: called with the number of examples after each batch.
  /// - Throws: `DataError` where inputs do not fit, where kept outputs of several batches have no such axis, or where the first
  ///   output of a model that is compared with labels has it elsewhere than in front.
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
            "--labels: accuracy needs outputs (batch, classes); the model's first output \"\(first.name)\" is \(type)")
      }
    }
    var kept: [Name: [Tensor]] = [:]
    var correct = 0
    var start = 0
    // Of no examples one empty batch, for the outputs' shapes.
    repeat {
      let range = start..<start + min(batchSize, feed.count - start)
      let inputs = try feed.inputs(Array(range))
      let outputs = try Inference.naming(file) { try evaluator(inputs) }
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
      accuracy: labels.flatMap { _ in feed.count == 0 ? nil : Double(correct) / Double(feed.count) })
  }

  private func joined(_ batches: [Tensor], of name: Name) throws -> Tensor {
    guard batches.count > 1 else { return batches[0] }
    let type = model.graph.outputs.first { $0.name == name }.map { model.graph.variables[$0.variable].type }
    guard let axis = type?.batchAxis else {
      throw DataError(
        description:
          "\(file): the output \"\(name)\"\(type.map { " is \($0)" } ?? ""), without an axis \"batch\" along which "
          + "those of \(batches.count) batches could be joined; give at most \(Run.batchSize) examples")
    }
    return try Inference.naming("\(file): the output \"\(name)\"") { try Tensor.concatenating(batches, axis: axis) }
  }

  /// Runs a body in whose errors the model's file is to be named.
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
      throw DataError(description: "\(file): \(error)")
    }
  }
}
