import Foundation

/// Opens and closes files many times, to see that neither descriptors nor memory are lost.
enum Cycles {
  /// Reads files in turn. Prints, ten times, the numbers of reads, of open descriptors, and of pages of memory in use.
  static func run(_ harness: Harness, _ count: Int, _ files: [String]) {
    for cycle in 1...count {
      try? harness.read(files[cycle % files.count])
      if cycle.isMultiple(of: count / 10) { print("\(cycle)\t\(descriptorCount)\t\(residentPageCount)") }
    }
  }

  /// Reads files in turn on several threads, for ThreadSanitizer.
  static func runOnThreads(_ harness: Harness, _ count: Int, _ files: [String]) {
    DispatchQueue.concurrentPerform(iterations: count) { try? harness.read(files[$0 % files.count]) }
  }

  private static var descriptorCount: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
  }

  private static var residentPageCount: Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  }
}
