import Synchronization

/// The files that this process has opened for reading. A program that protects them cannot replace them with `AtomicFile`, by any
/// path or link. So it cannot lose an input that only another input names, such as a shard or the external data of a model.
package enum ReadFiles {
  private static let identities = Mutex<Set<FileIdentity>?>(nil)
  @TaskLocal private static var isUnprotected = false

  /// Protects all files that are opened from now on.
  package static func protect() { identities.withLock { $0 = $0 ?? [] } }

  /// Calls a closure that reads a file which will be replaced, such as an unfinished result. The file is not protected.
  package static func unprotected<Result>(_ body: () throws -> Result) rethrows -> Result {
    try $isUnprotected.withValue(true, operation: body)
  }

  static func insert(_ identity: FileIdentity) {
    guard !isUnprotected else { return }
    identities.withLock { _ = $0?.insert(identity) }
  }

  static func isProtected(_ identity: FileIdentity) -> Bool {
    identities.withLock { $0?.contains(identity) ?? false }
  }
}
