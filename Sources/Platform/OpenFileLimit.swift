/// The limit on files that a process has open at once.
package enum OpenFileLimit {
  /// Raises the limit as far as the system allows it. Merging many files keeps all of them open.
  package static func raise() {
    var limit = rlimit()
    guard getrlimit(openFilesResource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    // Some systems announce no limit, and still refuse very large numbers.
    limit.rlim_cur = min(limit.rlim_max, 1 << 16)
    _ = setrlimit(openFilesResource, &limit)
  }
}
