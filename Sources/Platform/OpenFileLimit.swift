/// The limit on the number of open files of a process.
package enum OpenFileLimit {
  /// Raises the limit to the greatest value that the system allows. This is needed because a merge keeps all its inputs open.
  package static func raise() {
    var limit = rlimit()
    guard getrlimit(openFilesResource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    // Some systems report that there is no limit, but refuse very large numbers.
    limit.rlim_cur = min(limit.rlim_max, 1 << 16)
    _ = setrlimit(openFilesResource, &limit)
  }
}
