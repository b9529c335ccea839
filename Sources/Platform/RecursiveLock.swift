/// A lock that a thread can take several times.
package final class RecursiveLock: Sendable {
  // The pointer never changes, and the mutex that it points to is safe for concurrent use.
  nonisolated(unsafe) private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  /// Creates a lock that no thread holds.
  package init() {
    mutex = .allocate(capacity: 1)
    var attributes = pthread_mutexattr_t()
    pthread_mutexattr_init(&attributes)
    pthread_mutexattr_settype(&attributes, recursiveMutexKind)
    pthread_mutex_init(mutex, &attributes)
    pthread_mutexattr_destroy(&attributes)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Takes the lock, and waits while another thread holds it.
  package func lock() { pthread_mutex_lock(mutex) }

  /// Releases the lock once.
  package func unlock() { pthread_mutex_unlock(mutex) }
}
