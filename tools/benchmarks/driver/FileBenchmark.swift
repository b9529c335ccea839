import Checkpoints
import Platform
import Tensors

/// Reads checkpoints in this process, so that the start of a process does not count. `checkpoints.py` runs it.
enum FileBenchmark {
  /// Reads lines from standard input, such as `load model.h5`, and prints the seconds that each takes.
  static func run() throws {
    let clock = ContinuousClock()
    while let line = readLine() {
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      guard words.count == 2 else { continue }
      let (seconds, attoseconds) = try clock.measure { try perform(words[0], words[1]) }.components
      print(Double(seconds) + Double(attoseconds) * 1e-18)
      fflush(nil)
    }
  }

  private static func perform(_ work: String, _ path: String) throws {
    switch work {
    case "load": _ = try Model(checkpoint: path)
    case "map": try touchEveryPage(of: Checkpoint(opening: path))
    case "verify": _ = try Verification(checkpoint: path)
    default: print("unknown work: \(work)")
    }
  }

  /// Maps every tensor, checks its digest, and reads one byte of each page.
  private static func touchEveryPage(of checkpoint: borrowing Checkpoint) throws {
    try checkpoint.checkTable()
    var sum: UInt64 = 0
    for entry in checkpoint.contents.tensors {
      try checkpoint.mapped(entry).withUnsafeBytes { bytes in
        for offset in stride(from: 0, to: bytes.count, by: 4096) { sum &+= UInt64(bytes[offset]) }
      }
    }
    // Without a use, the compiler would remove the loop.
    precondition(sum != 1)
  }
}
