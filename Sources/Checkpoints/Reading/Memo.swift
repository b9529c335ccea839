import Synchronization

/// A value that is computed when it is first needed, and then stored. A failure is not stored: the next call tries again.
final class Memo<Value: Sendable>: Sendable {
  private let kept = Mutex<Value?>(nil)

  /// The value; nil if it was not computed yet.
  var known: Value? { kept.withLock { $0 } }

  /// The value. If it was not computed yet, `make` computes it.
  func value<Failure: Error>(_ make: () throws(Failure) -> Value) throws(Failure) -> Value {
    try kept.withLock { (kept) throws(Failure) -> Value in
      if let kept { return kept }
      let value = try make()
      kept = value
      return value
    }
  }
}
