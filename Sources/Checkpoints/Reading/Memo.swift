import Synchronization

/// A value that is made when it is first asked for, and then kept. A failure is not kept.
final class Memo<Value: Sendable>: Sendable {
  private let kept = Mutex<Value?>(nil)

  /// The value, which `make` makes unless it was made before.
  func value<Failure: Error>(_ make: () throws(Failure) -> Value) throws(Failure) -> Value {
    try kept.withLock { (kept) throws(Failure) -> Value in
      if let kept { return kept }
      let value = try make()
      kept = value
      return value
    }
  }
}
