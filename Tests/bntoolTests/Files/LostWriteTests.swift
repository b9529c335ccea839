import Foundation
import Testing

/// Whether strace can make system calls fail here. If it cannot, the reason is printed.
let canInject: Bool = {
  let outcome = try? Session().shell("strace -o /dev/null -e inject=close:error=EIO:when=1000000 true")
  guard outcome?.status == 0 else {
    print("no faults are injected: strace is missing, or may not trace: \(outcome?.errors ?? "")")
    return false
  }
  return true
}()

/// Commands that write a file, by the ending of the file.
private let writers = [
  "average-stats fixtures/digits/snapshot-5.h5 --output TMP/out.h5",
  "merge fixtures/digits/snapshot-5.h5 --output TMP/out.h5",
  "average fixtures/digits/snapshot-4.h5 fixtures/digits/snapshot-5.h5 --output TMP/out.h5",
  "repack fixtures/digits/snapshot-5.h5 --compress 1 --output TMP/out.h5",
  "run TMP/averaged.h5 fixtures/digits/test.h5:images --output TMP/out.h5",
  "run TMP/averaged.h5 fixtures/digits/test.h5:images --output TMP/out.npy",
]

@Suite("A write that the system refuses", .enabled(if: canInject, "strace is missing, or may not trace processes here"))
struct LostWriteTests {
  /// Every write of a command fails in one run: either the command says so and the old file stays, or the new file is the one
  /// that an undisturbed run writes, to the byte.
  @Test("is never lost", arguments: writers, ["ENOSPC", "EIO"])
  func isReported(_ command: String, _ reason: String) throws {
    let session = try Session()
    _ = try session.shell("\"$bntool\" average-stats fixtures/digits/snapshot-5.h5 --output TMP/averaged.h5")
    let output = try #require(command.split(separator: " ").last.map(String.init))
    #expect(try session.shell("\"$bntool\" \(command)").status == 0)
    let expected = try session.contents(output)
    for call in ["pwrite64", "write", "ftruncate", "fsync", "rename"] {
      for number in 1... {
        _ = try session.shell("printf precious > \(output)")
        let outcome = try session.shell(
          "strace -f -o TMP/trace -e trace=\(call) -e inject=\(call):error=\(reason):when=\(number) \"$bntool\" \(command)"
        )
        let contents = try session.contents(output)
        let place = "\(reason) in \(call) \(number): \(outcome.errors)"
        if outcome.status == 0 {
          #expect(contents == expected, "\(place)")
        } else if contents == expected {
          // The file was in its place already; the folder could not be synchronized, or the report not be printed.
          #expect(outcome.status == 74 && ["fsync", "write"].contains(call), "\(place)")
        } else {
          #expect(contents == Data("precious".utf8), "\(place)")
          #expect([73, 74].contains(outcome.status) && !outcome.errors.isEmpty, "\(place)")
        }
        #expect(try session.leftovers() == [], "\(place)")
        guard try String(decoding: session.contents("TMP/trace"), as: UTF8.self).contains("(INJECTED)") else { break }
      }
    }
  }
}
