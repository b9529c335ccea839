import CCurl
import Synchronization

/// A handle of libcurl. It keeps the connections of earlier requests open.
struct Connection: Sendable {
  // One thread at a time uses a handle.
  nonisolated(unsafe) let handle: UnsafeMutableRawPointer

  private static let idle = Mutex<[Connection]>([])
  private static let largestIdleCount = 8
  private static let isInitialized: Bool = ccurl_initialize() == CURLE_OK

  /// Takes a connection that no request uses, or makes a new one.
  static func take() -> Connection {
    precondition(isInitialized, "libcurl has no memory to start")
    if let connection = idle.withLock({ $0.popLast() }) { return connection }
    // This fails only without memory.
    return Connection(handle: curl_easy_init()!)
  }

  /// Lets other requests use the connection.
  func giveBack() {
    curl_easy_reset(handle)
    let isKept = Self.idle.withLock { idle in
      guard idle.count < Self.largestIdleCount else { return false }
      idle.append(self)
      return true
    }
    if !isKept { curl_easy_cleanup(handle) }
  }
}
