import Synchronization

/// The interpreters of a model. They are created when they are first needed.
///
/// Copies of a model share their interpreters. If a copy changes, it gets new interpreters. Any number of threads may evaluate
/// at the same time.
final class PreparedEvaluations: Sendable {
  private let inference = Mutex<Interpreter?>(nil)
  private let training = Mutex<Interpreter?>(nil)

  /// The interpreter of the model's graph. The first call creates it with `make`.
  func inference(_ make: () throws(GraphError) -> Interpreter) throws(GraphError) -> Interpreter {
    try PreparedEvaluations.prepared(inference, make)
  }

  /// The interpreter of the graph in training mode. The first call creates it with `make`.
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
