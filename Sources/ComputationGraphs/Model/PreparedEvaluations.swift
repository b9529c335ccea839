import Synchronization

/// The interpreters of a model, which are made when they are first needed.
///
/// Copies of a model share them. A model that changes gets new interpreters, so its copies keep theirs. Any number of threads may evaluate
/// at once.
final class PreparedEvaluations: Sendable {
  private let inference = Mutex<Interpreter?>(nil)
  private let training = Mutex<Interpreter?>(nil)

  /// The interpreter of the model's graph. `make` makes it when it is first needed.
  func inference(_ make: () throws(GraphError) -> Interpreter) throws(GraphError) -> Interpreter {
    try PreparedEvaluations.prepared(inference, make)
  }

  /// The interpreter of the graph in training mode. `make` makes it when it is first needed.
  func training(_ make: () throws(GraphError) -> Interpreter) throws(GraphError) -> Interpreter {
    try PreparedEvaluations.prepared(training, make)
  }

  private static func prepared(
    _ kept: borrowing Mutex<Interpreter?>, _ make: () throws(GraphError) -> Interpreter
  ) throws(GraphError) -> Interpreter {
    try kept.withLock { (kept) throws(GraphError) -> Interpreter in
      if let kept { return kept }
      let interpreter = try make()
      kept = interpreter
      return interpreter
    }
  }
}
