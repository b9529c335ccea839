/// The processors that this process may use.
package enum Processors {
  /// The number of processors, at least 1. This is the smaller of two numbers: the number of processors that the process may
  /// run on, and the limit of its control group. Schedulers set both, even if the machine has more processors.
  package static let count: Int = {
    let allowed = affinityCount ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    return max(
      1, min(allowed, groupLimit(atRoot: "/sys/fs/cgroup", group: text(of: "/proc/self/cgroup") ?? "") ?? allowed))
  }()

  /// The number of processors that the process may run on; nil if the system does not report it.
  private static var affinityCount: Int? {
    affinityCount(inStatus: text(of: "/proc/self/status") ?? "")
  }

  /// The number of processors that the text of `/proc/self/status` allows; nil if the text names no processors. The text has
  /// one bit for each processor, in hexadecimal numbers.
  package static func affinityCount(inStatus status: String) -> Int? {
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
    let count = line?.dropFirst(13).compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount } ?? 0
    return count > 0 ? count : nil
  }

  /// The least limit of a control group (version 2) and of the groups that contain it, rounded up; nil if no group has a limit.
  ///
  /// - Parameters:
  ///   - root: The folder of the groups.
  ///   - group: The text of `/proc/self/cgroup`, such as `0::/slurm/job_7`.
  package static func groupLimit(atRoot root: String, group: String) -> Int? {
    guard let line = group.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
    var parts = line.dropFirst(4).split(separator: "/")
    var limit: Int?
    while true {
      let path = ([root] + parts.map(String.init) + ["cpu.max"]).joined(separator: "/")
      let numbers = (text(of: path) ?? "").split(whereSeparator: \.isWhitespace).map { Int($0) }
      if numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0 {
        limit = min(limit ?? .max, max(1, quota.dividedRoundingUp(by: period)))
      }
      guard parts.popLast() != nil else { return limit }
    }
  }

  private static func text(of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
