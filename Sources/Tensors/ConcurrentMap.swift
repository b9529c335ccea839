import Dispatch
import Synchronization

extension Range where Bound == Int {
  /// The results of a function for every number of the range, in order, computed on several threads. Each takes the next number as
  /// it finishes one.
  ///
  /// - Parameter threads: How many threads to use at most, at least 1.
  /// - Throws: the error of the first number that has one.
  package func concurrentMap<Value: Sendable, Failure: Error>(
    threads: Int, _ body: @escaping @Sendable (Int) throws(Failure) -> Value
  ) throws(Failure) -> [Value] {
    precondition(threads >= 1, "work needs at least one thread")
    let results = Mutex([Result<Value, Failure>?](repeating: nil, count: count))
    let next = Atomic(0)
    let threadCount = Swift.min(threads, count)
    let work: @Sendable () -> Void = {
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        let result = Result { () throws(Failure) in try body(lowerBound + index) }
        results.withLock { $0[index] = result }
      }
    }
    if threadCount > 1 {
      DispatchQueue.concurrentPerform(iterations: threadCount) { _ in work() }
    } else {
      work()
    }
    var values: [Value] = []
    for result in results.withLock({ $0 }) {
      if let result { values.append(try result.get()) }
    }
    return values
  }
}
