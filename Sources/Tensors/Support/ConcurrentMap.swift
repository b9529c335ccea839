import Dispatch
import Platform
import Synchronization

extension Range where Bound == Int {
  /// Calls a function for each number of a range, on several threads, and returns the results in order. A thread that finishes a
  /// number takes the next number.
  ///
  /// - Parameter threads: The greatest number of threads, at least 1.
  /// - Throws: The error of the first number that fails.
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

/// Runs a body on parts of `0..<count`, one for each thread of the machine, and returns when all are done.
///
/// Small work stays on the calling thread: below 2²³ multiplications (about a tenth of a millisecond), starting another thread
/// takes longer than it saves. Different parts must write to different memory.
package func concurrentRanges(of count: Int, ofMultiplications multiplications: Int, _ body: (Range<Int>) -> Void) {
  concurrentParts(of: count, ofMultiplications: multiplications) { body($1) }
}

/// The greatest number of parts that `concurrentParts` makes.
package func mostParts(of count: Int) -> Int { min(count, Threads.count) }

/// Does the same as `concurrentRanges`, and also gives the body the number of the part.
package func concurrentParts(
  of count: Int, ofMultiplications multiplications: Int, _ body: (_ part: Int, _ range: Range<Int>) -> Void
) {
  let threads = multiplications < 1 << 23 ? 1 : mostParts(of: count)
  guard threads > 1 else { return body(0, 0..<count) }
  withoutActuallyEscaping(body) { body in
    let shared = SharedBody(body: body)
    DispatchQueue.concurrentPerform(iterations: threads) { part in
      shared.body(part, count * part / threads..<count * (part + 1) / threads)
    }
  }
}

/// Lets threads call a body that is not marked as sendable. This is safe, because each thread calls it for its own part, and the
/// caller waits.
private struct SharedBody: @unchecked Sendable {
  let body: (Int, Range<Int>) -> Void
}
