import Foundation
import Testing

@testable import bntool

/// A command with one of the files that it reads called `INPUT`, and all others missing. The option `--output` is left out, and any
/// other argument that names the output is called `OUTPUT`.
struct InputForm: CustomTestStringConvertible {
  let argument: String
  let command: String

  var testDescription: String { "\(argument) of \(command)" }
  var name: String { String(command.prefix { $0 != " " }) }

  init(_ argument: String, _ command: String) {
    self.argument = argument
    self.command = command
  }

  func words(input: String, output: String) -> String {
    let words = command.replacing("INPUT", with: input)
    return words.contains("OUTPUT") ? words.replacing("OUTPUT", with: output) : "\(words) --output \(output)"
  }
}

@Suite("An output that is an input")
struct OutputIsInputTests {
  static let forms = [
    InputForm("model", "run INPUT x.npy"), InputForm("input", "run x.h5 INPUT"),
    InputForm("input", "run x.h5 INPUT:images"), InputForm("labels", "run x.h5 x.npy --labels INPUT:labels"),
    InputForm("mask", "run x.h5 x.npy --mask INPUT"), InputForm("lengths", "run x.h5 x.npy --lengths INPUT:a:b"),
    InputForm("model", "collect INPUT x.npy"), InputForm("data", "collect x.h5 INPUT:images"),
    InputForm("mask", "collect x.h5 x.npy --mask INPUT"), InputForm("lengths", "collect x.h5 x.npy --lengths INPUT"),
    InputForm("model", "recalibrate INPUT x.npy"), InputForm("data", "recalibrate x.h5 INPUT:images"),
    InputForm("labels", "recalibrate x.h5 x.npy --labels INPUT"),
    InputForm("mask", "recalibrate x.h5 x.npy --mask INPUT:mask"),
    InputForm("lengths", "recalibrate x.h5 x.npy --lengths INPUT"), InputForm("checkpoint", "extract x.h5 INPUT"),
    InputForm("pairs", "merge INPUT x.h5"), InputForm("input", "average-stats x.h5 INPUT x.h5"),
    InputForm("model", "average-stats x.h5 --model INPUT"), InputForm("checkpoint", "average x.h5 INPUT"),
    InputForm("statistics", "average x.h5 --statistics recalibrate:INPUT:images"),
    InputForm("checkpoint", "soup INPUT --held-out x.npy --labels x.npy"),
    InputForm("held-out", "soup x.h5 --held-out INPUT:images --labels x.npy"),
    InputForm("labels", "soup x.h5 --held-out x.npy --labels INPUT"),
    InputForm("data", "soup x.h5 --held-out x.npy --labels x.npy --data INPUT"), InputForm("model", "fold INPUT"),
    InputForm("model", "set-epsilon INPUT 0.001"), InputForm("file", "repack INPUT --contiguous"),
    InputForm("config", "init INPUT --seed 1"), InputForm("model", "set INPUT /mlp.W --value 0"),
    InputForm("from", "set x.h5 /mlp.W --from INPUT:W"), InputForm("model", "rename INPUT /mlp /net"),
    InputForm("model", "drop INPUT --updates"), InputForm("from", "copy-statistics INPUT x.h5"),
    InputForm("to", "copy-statistics x.h5 INPUT"), InputForm("in", "convert INPUT OUTPUT"),
    InputForm("architecture", "convert x.pt OUTPUT --architecture INPUT"),
    InputForm("map", "convert x.pt OUTPUT --map INPUT"), InputForm("file", "sign INPUT --key x.pem"),
    InputForm("key", "sign x.h5 --key INPUT"),
    InputForm("file", "report x.h5 INPUT"),
    InputForm("data", "report x.h5 --data INPUT:images"),
    InputForm("labels", "report x.h5 --data x.npy --labels INPUT"),
    InputForm("mask", "report x.h5 --mask INPUT"), InputForm("lengths", "report x.h5 --lengths INPUT"),
    InputForm("file", "plot INPUT /mlp"), InputForm("file", "plot x.h5 INPUT /mlp"),
    InputForm("data", "plot x.h5 --data INPUT:images"), InputForm("labels", "plot x.h5 --data x.npy --labels INPUT"),
    InputForm("mask", "plot x.h5 --mask INPUT"), InputForm("lengths", "plot x.h5 --lengths INPUT"),
    InputForm("model", "check INPUT x.npy --report OUTPUT"),
    InputForm("data", "check x.h5 INPUT:images --report OUTPUT"),
    InputForm("mask", "check x.h5 x.npy --mask INPUT --report OUTPUT"),
    InputForm("lengths", "check x.h5 x.npy --lengths INPUT --report OUTPUT"),
  ]

  /// Names of one file: different spellings of its path, and links to it.
  private static let spellings = [
    "in.h5", "./folder/../in.h5", "link.h5", "link-to-link.h5", "hard.h5", "folder/in.h5",
  ]

  @Test("is refused under every name of the file, before anything is read", arguments: forms)
  func refused(_ form: InputForm) throws {
    let session = try Session()
    _ = try session.shell(
      """
      cd TMP; printf precious > in.h5; mkdir folder; ln -s in.h5 link.h5; ln -s folder/../link.h5 link-to-link.h5
      ln in.h5 hard.h5; ln in.h5 folder/in.h5
      """)
    let before = try states(session)
    for (input, output) in OutputIsInputTests.spellings.flatMap({ [("in.h5", $0), ($0, "in.h5")] }) {
      let command = form.words(input: "TMP/\(input)", output: "TMP/\(output)")
      let option = form.name == "check" ? "--report" : "--output"
      let outcome = try session.shell("\"$bntool\" \(command)")
      #expect(outcome.status == 64, "\(command): \(outcome.errors)")
      #expect(outcome.errors.hasPrefix("bntool: \(option) TMP/\(output): this file is the input TMP/\(input)"))
      #expect(outcome.output.isEmpty)
    }
    #expect(try states(session) == before)
    #expect(try session.shell("cat TMP/in.h5").output == "precious")
    #expect(try session.leftovers() == [])
  }

  /// Inputs that name other files: the files to copy, the input, and one of the files that it names.
  static let inputsWithParts = [
    ("foreign/model*.safetensors*", "model.safetensors.index.json", "model-00002-of-00002.safetensors"),
    ("keras/sharded*", "sharded.weights.json", "sharded_00000.weights.h5"),
    ("onnx/residual-torchscript.*", "residual-torchscript.onnx", "residual-torchscript.data"),
  ]

  @Test("is refused if it is only named by an input, such as a shard or external data", arguments: inputsWithParts)
  func parts(_ files: String, _ input: String, _ part: String) throws {
    let session = try Session()
    _ = try session.shell(
      "cp fixtures/\(files) TMP; cd TMP; ln -s \(part) link.npz; ln \(part) hard.npz; mkdir results")
    let before = try session.shell("cd TMP; sha256sum *").output
    for output in [part, "./results/../\(part)", "link.npz", "hard.npz"] {
      let outcome = try session.shell("\"$bntool\" convert TMP/\(input) TMP/\(output) --to npz --allow-loss")
      #expect(outcome.status == 73, "\(output): \(outcome.errors)")
      #expect(
        outcome.errors
          == "bntool: TMP/\(output): cannot be written: this file is a part of the input, and would be lost; "
          + "name another file\n")
    }
    #expect(try session.shell("cd TMP; sha256sum *").output == before)
    #expect(try session.shell("\"$bntool\" convert TMP/\(input) TMP/results/out.npz --allow-loss").status == 0)
    #expect(try session.leftovers() == [])
  }

  /// The digest, the time of change, and the target of every name of the file.
  private func states(_ session: Session) throws -> String {
    try session.shell(
      "cd TMP; for name in \(OutputIsInputTests.spellings.joined(separator: " ")); do sha256sum $name; stat -c '%N %i %y %z' $name; done"
    ).output
  }

  @Test("is found in every argument that names a file, for every command that writes a file")
  func complete() throws {
    for command in BNTool.shownCommands {
      let name = try #require(command.configuration.commandName)
      let arguments = try DescribedArgument.all(of: command)
      let isOutput = { (argument: DescribedArgument) in
        argument.names == ["--output"] || (argument.kind == .positional && argument.valueName == "out")
          || (argument.names == ["--report"] && argument.isFile)
      }
      guard arguments.contains(where: isOutput) else {
        // A new command that writes a file has to say so.
        #expect(["inspect", "diff", "verify", "stats"].contains(name), "\(name)")
        continue
      }
      #expect(command is any FileCommand.Type, "\(name)")
      for argument in arguments where argument.isFile && !isOutput(argument) {
        let label = argument.names.last.map { String($0.dropFirst(2)) } ?? argument.valueName
        #expect(
          OutputIsInputTests.forms.contains { $0.name == name && $0.argument == label }, "\(label) of \(name)")
      }
    }
  }

  @Test("is not confused with a member of the same name, or with a file of the same name in another folder")
  func other() throws {
    let session = try Session()
    _ = try session.shell("cd TMP; mkdir a b; printf x > a/in.h5; printf x > b/in.h5; printf x > a/in.h5:in.h5")
    for (input, output) in [("a/in.h5", "b/in.h5"), ("a/in.h5:x", "b/in.h5"), ("a/in.h5:in.h5", "a/in.h5")] {
      #expect(try session.shell("\"$bntool\" merge TMP/\(input) --output TMP/\(output)").status != 64)
    }
  }
}

@Suite("An option with one value")
struct RepeatedOptionTests {
  @Test(
    "is refused if it is given twice, in any form",
    arguments: [
      ("merge a.h5 --output b.h5 --output c.h5", "--output is given twice, with the values b.h5 and c.h5"),
      ("merge --output=b.h5 a.h5 --output b.h5", "--output is given twice, with the values b.h5 and b.h5"),
      ("init a.json --seed -1 --seed=2 --output b.h5", "the value '-1' is invalid"),
      ("init a.json --seed 1 --seed=2 --output b.h5", "--seed is given twice, with the values 1 and 2"),
      ("run a.h5 b.npy --labels c.npy --json --labels d.npy", "--labels is given twice"),
      ("diff a.h5 b.h5 --tolerance 1 --tolerance 1", "--tolerance is given twice"),
    ])
  func twice(_ command: String, _ message: String) throws {
    let session = try Session()
    let outcome = try session.run(command)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test(
    "is not confused with an option that may be repeated, a flag, or a value that looks like an option",
    arguments: [
      "diff a.h5 b.h5 --ignore x --ignore y", "verify a.h5 --strict --strict", "inspect --json -- --output --output",
      "set a.h5 /x --value --value --output b.h5",
    ])
  func once(_ command: String) throws {
    let outcome = try Session().run(command)
    #expect(!outcome.errors.contains("twice"), "\(outcome.errors)")
  }

  @Test("cannot be a dash for standard output", arguments: ["merge a.h5 --output -", "rename a.h5 /a /b --output=-"])
  func dash(_ command: String) throws {
    let outcome = try Session().run(command)
    #expect(outcome.status == 64)
    #expect(outcome.errors == "bntool: --output -: results cannot be written to standard output; name a file\n")
  }

  @Test(
    "cannot be a URL for the output, and the message does not show the URL's secrets",
    arguments: ["merge a.h5 --output s3://bucket/b.h5", "rename a.h5 /a /b --output=https://host/b.h5?key=secret"])
  func url(_ command: String) throws {
    let outcome = try Session().run(command)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("/b.h5: URLs are only read; write a local file"), "\(outcome.errors)")
    #expect(!outcome.errors.contains("secret"), "\(outcome.errors)")
  }
}
