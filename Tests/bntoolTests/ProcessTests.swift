import Testing

private let model = "fixtures/digits/snapshot-5.h5"
private let test = "fixtures/digits/test.h5"

@Suite("The process")
struct ProcessTests {
  @Test(
    "reports a full disk as 74, leaves nothing behind, and keeps what was there",
    arguments: [
      "average-stats \(model) --output TMP/out.h5", "merge \(model) --output TMP/out.h5",
      "average \(model) --output TMP/out.h5", "repack \(model) --contiguous --output TMP/out.h5",
      "repack \(model) --compress 1 --output TMP/out.h5", "extract \(model) --output TMP/out.h5",
      "run \(model) \(test):images --output TMP/out.npy", "run \(model) \(test):images --output TMP/out.h5",
    ])
  func fullDisk(_ command: String) throws {
    let session = try Session()
    let output = try #require(command.split(separator: " ").last)
    _ = try session.shell("printf precious > \(output)")
    // The limit holds for standard output's file too, which stays shorter.
    let outcome = try session.shell("ulimit -f 8; exec \"$bntool\" \(command)")
    #expect(outcome.status == 74, "\(outcome.errors)")
    #expect(outcome.errors.contains("bntool: \(output): "), "\(outcome.errors)")
    #expect(try session.leftovers() == [])
    #expect(try String(decoding: session.contents(String(output)), as: UTF8.self) == "precious")
  }

  @Test("reports a standard output that takes nothing as 74")
  func fullOutput() throws {
    let session = try Session()
    let outcome = try session.shell("\"$bntool\" inspect \(model) > /dev/full")
    #expect(outcome.status == 74)
    #expect(
      outcome.errors == "bntool: standard output: the result could not be printed in full: No space left on device\n")
  }

  @Test("ends silently at a closed pipe, with its file complete")
  func closedPipe() throws {
    let session = try Session()
    let outcome = try session.shell(
      "{ \"$bntool\" average-stats \(model) --output TMP/out.h5; echo $? >&2; } | { exec <&-; sleep 0.3; }")
    // 141: ended by SIGPIPE. 0: the pipe was still open when the report was written.
    #expect(["141\n", "0\n"].contains(outcome.errors), "\(outcome.errors)")
    #expect(try session.leftovers() == [])
    #expect(try session.run("inspect TMP/out.h5").status == 0)
  }

  @Test("writes no message into a file where standard output or error is closed")
  func closedDescriptors() throws {
    let session = try Session()
    _ = try session.shell("\"$bntool\" average-stats \(model) --output TMP/open.h5")
    let outcome = try session.shell("\"$bntool\" average-stats \(model) --output TMP/closed.h5 <&- >&- 2>&-")
    #expect(outcome.status == 0)
    #expect(try session.contents("TMP/closed.h5") == session.contents("TMP/open.h5"))
    _ = try session.shell("cp \(model) TMP/model.h5; \"$bntool\" run TMP/model.h5 \(test):images 2>&- >&-")
    #expect(try session.contents("TMP/model.h5") == session.contents(model))
  }

  @Test(
    "may write over its own input",
    arguments: [
      ("average-stats", "average-stats TMP/in.h5"), ("merge", "merge TMP/in.h5"), ("extract", "extract TMP/in.h5"),
      ("link", "average-stats TMP/link.h5"), ("average", "average TMP/in.h5 TMP/in.h5"),
      ("repack", "repack TMP/in.h5 --contiguous"),
    ])
  func outputIsInput(_ name: String, _ command: String) throws {
    let session = try Session()
    _ = try session.shell("cp \(model) TMP/in.h5; ln -s in.h5 TMP/link.h5")
    #expect(try session.shell("\"$bntool\" \(command) --output TMP/other.h5").status == 0)
    #expect(try session.shell("\"$bntool\" \(command) --output TMP/in.h5").status == 0)
    #expect(try session.contents("TMP/in.h5") == session.contents("TMP/other.h5"))
    #expect(try session.leftovers() == [])
  }

  @Test("refuses to put outputs in the place of what they were computed from", arguments: ["in.h5", "link.h5"])
  func outputsAreNoInput(_ output: String) throws {
    let session = try Session()
    _ = try session.shell("cp \(model) TMP/in.h5; ln -s in.h5 TMP/link.h5")
    let outcome = try session.shell("\"$bntool\" run TMP/in.h5 \(test):images --output TMP/\(output)")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--output TMP/\(output): that is the input TMP/in.h5"))
    #expect(try session.contents("TMP/in.h5") == session.contents(model))
  }

  @Test("finishes the file it is writing before an interruption takes effect")
  func interruption() throws {
    let session = try Session()
    // Interrupted at different moments; whichever it is, there is a whole file or none, and nothing else.
    for delay in ["0", "0.01", "0.02", "0.03", "0.05"] {
      let outcome = try session.shell(
        "\"$bntool\" average-stats \(model) --output TMP/out.h5 & sleep \(delay); kill -TERM $!; wait $!")
      #expect([0, 143].contains(outcome.status))
      #expect(try session.leftovers() == [])
    }
  }
}
