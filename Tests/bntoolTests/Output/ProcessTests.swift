import Testing

private let model = "fixtures/digits/snapshot-5.h5"
private let test = "fixtures/digits/test.h5"

private let inputs = "Tests/bntoolTests/Fixtures"
private let images = "\(inputs)/images.npy"
private let late = "fixtures/digits/late-1.h5"

/// A command of every kind that writes, without its output.
private let writers = [
  "average-stats \(model)", "merge \(model)", "extract \(model)", "repack \(model) --contiguous",
  "repack \(model) --compress 1", "run \(model) \(test):images", "collect \(model) \(images)",
  "recalibrate \(model) \(images)", "average \(model)", "average \(model) --statistics recalibrate:\(images)",
  "soup \(model) --held-out \(images) --labels \(inputs)/labels.npy", "fold \(late)",
  "set-epsilon \(late) 0.001", "set \(model) /mlp/linear_0.W --value 0",
  "rename \(model) /mlp/linear_0 /mlp/first", "drop \(model) --updates", "copy-statistics \(late) \(model)",
  "init \(inputs)/mlp.json --seed 1",
]

@Suite("The process")
struct ProcessTests {
  @Test(
    "exits with 74 on a full disk, leaves no new file, and keeps the old one",
    arguments: writers.map { "\($0) --output TMP/out.h5" } + [
      "run \(model) \(test):images --output TMP/out.npy", "average \(late) --output TMP/out.safetensors",
      "average \(late) --output TMP/out.npz", "average \(late) --output TMP/out.keras", "convert \(late) TMP/out.onnx",
      "report \(late) --output TMP/out.html", "check \(late) \(images) --batch-size 5 --report TMP/out.html",
      "average \(late) --shard 1/1 --output TMP/out.safetensors",
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

  @Test("exits with 74 if standard output accepts nothing")
  func fullOutput() throws {
    let session = try Session()
    let outcome = try session.shell("\"$bntool\" inspect \(model) > /dev/full")
    #expect(outcome.status == 74)
    #expect(
      outcome.errors == "bntool: standard output: the result could not be printed in full: No space left on device\n")
  }

  @Test("exits with 74 if standard output is closed")
  func closedOutput() throws {
    let outcome = try Session().shell("\"$bntool\" inspect \(model) >&-")
    #expect(outcome.status == 74)
    #expect(
      outcome.errors == "bntool: standard output: the result could not be printed in full: Bad file descriptor\n")
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

  @Test("writes no message into a file if standard output or error is closed")
  func closedDescriptors() throws {
    let session = try Session()
    _ = try session.shell("\"$bntool\" average-stats \(model) --output TMP/open.h5")
    let outcome = try session.shell("\"$bntool\" average-stats \(model) --output TMP/closed.h5 <&- >&- 2>&-")
    // Nobody can get the result, as on a full disk. The file is complete.
    #expect(outcome.status == 74)
    #expect(try session.contents("TMP/closed.h5") == session.contents("TMP/open.h5"))
    _ = try session.shell("cp \(model) TMP/model.h5; \"$bntool\" run TMP/model.h5 \(test):images 2>&- >&-")
    #expect(try session.contents("TMP/model.h5") == session.contents(model))
  }

  @Test("leaves either a whole file or no file when a signal ends it", arguments: writers)
  func interruption(_ command: String) throws {
    let session = try Session()
    _ = try session.shell("\"$bntool\" \(command) --output TMP/whole.h5")
    for (signal, delay) in [("TERM", "0.01"), ("HUP", "0.04"), ("TERM", "0.1")] {
      let outcome = try session.shell(
        "rm -f TMP/out.h5; \"$bntool\" \(command) --output TMP/out.h5 & sleep \(delay); kill -\(signal) $!; wait $!")
      #expect([0, 129, 143].contains(outcome.status), "\(outcome.errors)")
      #expect(try session.leftovers() == [])
      let compared = try session.shell("[ ! -e TMP/out.h5 ] || cmp TMP/out.h5 TMP/whole.h5")
      #expect(compared.status == 0, "\(compared.output)")
    }
  }

  @Test("continues if it was started with the signal ignored")
  func ignoredSignal() throws {
    let session = try Session()
    let outcome = try session.shell(
      "trap '' HUP; \"$bntool\" collect \(model) \(test):images --output TMP/out.h5 & sleep 0.1; kill -HUP $!; wait $!")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test("prints only errors on standard error with --quiet", arguments: writers)
  func quiet(_ command: String) throws {
    let session = try Session()
    let usual = try session.shell("\"$bntool\" \(command) --output TMP/out.h5")
    let quiet = try session.shell("\"$bntool\" \(command) --output TMP/out.h5 --quiet")
    #expect((quiet.status, quiet.output, quiet.errors) == (usual.status, usual.output, ""))
    let verbose = try session.shell("\"$bntool\" \(command) --output TMP/out.h5 --verbose")
    #expect((verbose.status, verbose.output) == (usual.status, usual.output))
    #expect(verbose.errors.contains(/bntool: done in [\d.]+ s\n/), "\(verbose.errors)")
  }
}
