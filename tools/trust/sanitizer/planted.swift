// Faults that a sanitizer must find, and a mutex that it must not report. The word says which of them happens.

import Foundation
import Synchronization

final class Counter: Sendable {
  nonisolated(unsafe) var unprotected = 0
  let protected = Mutex(0)
}

let counter = Counter()

/// Runs the work in four threads, which really are different threads: a queue may do everything in one thread if the processors are
/// busy.
func inThreads(_ work: @escaping @Sendable () -> Void) {
  let ended = DispatchSemaphore(value: 0)
  for _ in 0..<4 {
    Thread.detachNewThread {
      work()
      ended.signal()
    }
  }
  for _ in 0..<4 { ended.wait() }
}

// The loops are long enough for threads to meet.
switch CommandLine.arguments.last {
case "race":
  inThreads { for _ in 0..<1_000_000 { counter.unprotected += 1 } }
case "mutex":
  inThreads { for _ in 0..<100_000 { counter.protected.withLock { $0 += 1 } } }
  precondition(counter.protected.withLock { $0 } == 400_000)
case "overflow":
  let numbers = UnsafeMutablePointer<Int>.allocate(capacity: 4)
  numbers.initialize(repeating: CommandLine.arguments.count, count: 4)
  print(numbers[4])
case "leak":
  for count in 1...10 { UnsafeMutablePointer<Int>.allocate(capacity: count).initialize(repeating: 1, count: count) }
default: print("planted race | mutex | overflow | leak")
}
