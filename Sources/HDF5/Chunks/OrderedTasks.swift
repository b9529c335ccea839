import Dispatch
import Platform
import Synchronization

/// A queue of functions that run on other threads. Their results are taken in order.
struct OrderedTasks<Value: Sendable>: Sendable {
  private final class Task: Sendable {
    private let value = Mutex<Value?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    func run(_ work: () -> Value) {
      let result = work()
      value.withLock { $0 = result }
      isDone.signal()
    }

    func wait() -> Value? {
      isDone.wait()
      return value.withLock { $0 }
    }
  }

  private var tasks: [Task] = []

  /// Whether enough functions are waiting or running to keep all threads busy.
  var isFull: Bool { tasks.count > Threads.count }
  /// Whether all results were taken.
  var isEmpty: Bool { tasks.isEmpty }

  /// Adds a function. If only one thread is allowed, the function runs immediately, on the calling thread.
  mutating func add(_ work: @escaping @Sendable () -> Value) {
    let task = Task()
    tasks.append(task)
    guard Threads.count > 1 else { return task.run(work) }
    DispatchQueue.global().async { task.run(work) }
  }

  /// Waits for the oldest function and returns its result; nil if no function is left.
  mutating func next() -> Value? { tasks.isEmpty ? nil : tasks.removeFirst().wait() }
}
