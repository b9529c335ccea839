import Foundation
import TestSupport
import Testing

@testable import bntool

/// A command that fails: its status, and a part of its message.
struct Failure: CustomTestStringConvertible {
  let command: String
  let status: Int32
  let fragment: String

  var testDescription: String { "\(command): \(status)" }

  init(_ command: String, _ status: Int32, _ fragment: String) {
    self.command = command
    self.status = status
    self.fragment = fragment
  }

  static func averaging(_ fixture: String, _ status: Int32, _ fragment: String) -> Failure {
    Failure("average-stats fixtures/malformed/\(fixture).h5 --output TMP/out.h5", status, "\(fixture).h5: \(fragment)")
  }
}

private let model = "fixtures/digits/snapshot-5.h5"
private let archive = "fixtures/keras/dense.keras"
private let inputs = "Tests/bntoolTests/Fixtures"
private let huge = "Tests/HDF5Tests/Fixtures/huge_chunks.h5"
private let images = "\(inputs)/images.npy"
private let late = "fixtures/digits/late-1.h5"
private let deviation = "/mlp/batch_norm_activation_0/batchnormalization.population_stdev"
private let longName = String(repeating: "x", count: 300)

@Suite("A failure")
struct ExitStatusTests {
  static let failures = [
    // No input.
    Failure("inspect fixtures/none.h5", 66, "fixtures/none.h5: there is no such file"),
    Failure("inspect ''", 66, "there is no such file"),
    Failure("run fixtures/none.h5 \(images)", 66, "fixtures/none.h5: there is no such file"),
    Failure("run \(model) fixtures/digits/none.h5:images", 66, "fixtures/digits/none.h5: there is no such file"),
    Failure(
      "run \(model) fixtures/digits/test.h5:none", 66,
      "test.h5: there is no dataset \"none\". The datasets are images, labels and logits"),
    Failure("run \(model) fixtures/digits/test.h5", 66, "name one: fixtures/digits/test.h5:images"),
    Failure("run \(model) \(inputs)/none.npy", 66, "none.npy: "),
    Failure(
      "run \(model) \(inputs)/digits.npz:none", 66, "there is no array \"none\". The arrays are images and labels"),
    Failure("run \(model) \(inputs)/digits.npz", 66, "name one: \(inputs)/digits.npz:images"),
    Failure("inspect \(longName).h5", 66, "the file cannot be opened: "),
    Failure("run \(model) \(longName).npy", 66, "the file cannot be opened: "),
    // Bad data.
    Failure("inspect fixtures", 65, "fixtures: is not a regular file"),
    Failure("inspect Package.swift", 65, "Package.swift: has an unknown format; the known formats are"),
    Failure("repack \(archive) --contiguous --output TMP/out.h5", 65, "\(archive): is a .keras archive, but this"),
    Failure("merge \(archive) --output TMP/out.h5", 65, "is a .keras archive, but this command only takes checkpoints"),
    Failure("extract \(archive) --output TMP/out.h5", 65, "convert the file first: bntool convert \(archive) FILE.h5"),
    Failure("repack Package.swift --contiguous --output TMP/out.h5", 65, "Package.swift: has an unknown format"),
    Failure("run \(model) \(archive)", 65, "\(archive): is a .keras archive, but data are a dataset of an HDF5 file"),
    Failure("repack fixtures/digits/test.h5 --contiguous --output TMP/out.h5", 65, "is HDF5, but not a checkpoint"),
    Failure("run fixtures/digits/test.h5 \(images)", 65, "which do not say how the model computes"),
    Failure("inspect fixtures/malformed/C25-name-with-dot.h5", 65, #"the name "lin.ear" contains ".""#),
    Failure("inspect fixtures/malformed/C25-name-with-bar.h5", 65, #"the name "lin|ear" contains "|""#),
    Failure("inspect fixtures/malformed/C25-name-with-slash.h5", 65, #"the name "lin/ear" contains "/""#),
    Failure("inspect --values fixtures/malformed/C29-flipped-bit.h5", 65, "digest does not match its data"),
    .averaging("C1-not-hdf5", 65, "has an unknown format; the known formats are"),
    .averaging("C1-empty", 65, "is empty"),
    .averaging("C1-truncated", 65, "ends after 7423 bytes, before its contents do"),
    .averaging("C21-other-major-version", 65, "has format version 2.0"),
    .averaging("C23-unknown-must-understand", 65, "needs extensions that this version does not know: sparse-weights"),
    .averaging(
      "C35-missing-statistic", 65,
      "/statistics/net/activation/bn/population_stdev: is in the table of contents, but not"),
    .averaging(
      "C3-extra-dataset-in-parameters", 65,
      "/parameters/net/linear/extra: is in the file, but not in the table of contents"),
    .averaging(
      "C35-wrong-shape", 65, "/parameters/net/linear/W: has the shape [2, 3], but the table of contents says [3, 2]"),
    .averaging(
      "C35-type-float64", 65, "/parameters/net/linear/W: has the type float64, but the table of contents says float32"),
    .averaging("S3-stdev-nan", 65, "/statistics/net/activation/bn/population_stdev: element 1 is nan"),
    .averaging("S3-stdev-negative", 65, "/statistics/net/activation/bn/population_stdev: element 1 is -1.0"),
    .averaging("S3-mean-nan", 65, "/statistics/net/activation/bn/population_mean: element 1 is nan"),
    .averaging("C8-shape-bomb", 65, ""),
    Failure("run fixtures/valid/update-pairs.h5 \(images)", 65, "update-pairs.h5: holds update pairs, not a model"),
    Failure(
      "run fixtures/malformed/G18-graph-unknown-operation.h5 \(inputs)/features.npy", 65,
      #"graph-unknown-operation.h5: this version does not know the operation "fold_origami""#),
    Failure(
      "run \(model) \(inputs)/images_wide.npy", 65,
      "images_wide.npy: has examples of shape 65, but the input \"features\" of the model needs shape 64"),
    Failure(
      "run fixtures/digits-over-time/rows.h5 \(inputs)/images_wide.npy", 65,
      "images_wide.npy: has examples of shape 65, but the input \"images\" of the model needs shape time×8"),
    Failure("run \(model) \(inputs)/labels.npy", 65, "labels.npy: has single numbers as examples"),
    Failure(
      "run \(model) \(images) --labels \(inputs)/labels_short.npy", 65,
      "labels_short.npy: has the shape 19, but there must be one label for each of 20 examples"),
    Failure(
      "run \(model) \(images) --labels \(inputs)/labels_beyond.npy", 65,
      "labels_beyond.npy: label 10 of example 7 is not a class; the classes are 0 to 9"),
    Failure(
      "run \(model) \(images) --labels \(inputs)/labels_negative.npy", 65,
      "labels_negative.npy: label -1 of example 3 is not a class; the classes are 0 to 9"),
    Failure("run \(model) \(images) --labels \(inputs)/labels_fractional.npy", 65, "labels_fractional.npy: "),
    Failure("recalibrate \(late) \(inputs)/images_none.npy --output TMP/out.h5", 65, "images_none.npy: has 0 examples"),
    Failure("collect \(late) \(inputs)/images_none.npy --output TMP/out.h5", 65, "images_none.npy: has 0 examples"),
    Failure("check \(late) \(inputs)/images_none.npy", 65, "images_none.npy: has 0 examples"),
    Failure(
      "set \(late) \(deviation) --value -1 --observations 5 --output TMP/out.h5", 65,
      "late-1.h5: element 0 of \(deviation) would be -1, but a standard deviation is above 0"),
    // Usage that the parser cannot see.
    Failure("set-epsilon \(late) 1e400 --output TMP/out.h5", 64, "the number 1e400 is too large"),
    Failure("set \(late) /mlp/linear_0.W --value=1e400 --output TMP/out.h5", 64, "the number 1e400 is too large"),
    Failure("run \(model) \(images) --output TMP/outputs.txt", 64, "the name must end with .h5, .hdf5 or .npy"),
    Failure("run \(model) \(images) --step 1", 64, "the model has no input \"step\"; remove --step"),
    Failure("run fixtures/valid/all-operations.h5 \(images)", 64, "give the step with --step N"),
    Failure(
      "run fixtures/valid/all-operations.h5 \(images) --step 0", 66,
      "the model has the inputs a, positive, which must be arrays"),
    Failure("collect \(model) \(images) --shard 0/2 --output TMP/pairs.h5", 64, "--shard 0/2: give auto, or I/N"),
    Failure("collect \(model) fixtures/digits/none.h5:images --output TMP/pairs.h5", 66, "there is no such file"),
    Failure("collect \(model) \(images) --output TMP/none/pairs.h5", 73, "TMP/none/pairs.h5: cannot be created"),
    Failure(
      "collect fixtures/valid/all-operations.h5 \(images) --step 0 --output TMP/pairs.h5", 66, "there is no \"a\""),
    Failure("recalibrate \(model) \(images) --until-error nan --output TMP/out.h5", 64, "--until-error nan"),
    Failure("recalibrate \(model) \(images) --output TMP", 73, "TMP: cannot be written"),
    Failure(
      "soup \(model) --held-out \(images) --labels \(inputs)/labels_beyond.npy --output TMP/out.h5", 65, "label 10"),
    Failure("soup fixtures/none.h5 --held-out \(images) --labels \(images) --output TMP/out.h5", 66, "no such file"),
    Failure("fold fixtures/malformed/S3-stdev-zero.h5 --output TMP/out.h5", 65, "stdev-zero.h5: "),
    Failure("set-epsilon fixtures/valid/update-pairs.h5 1 --output TMP/out.h5", 65, "holds update pairs, not a model"),
    Failure(
      "init \(inputs)/init-huge.json --seed 1 --output TMP/out.h5", 65, "the largest allowed number is 2147483647"),
    Failure("init \(inputs)/mlp.json --seed 1 --output TMP/none/out.h5", 73, "TMP/none/out.h5: cannot be created"),
    Failure(
      "set \(model) /mlp/none.W --value 1 --output TMP/out.h5", 1,
      "the model has no tensor /mlp/none.W. The tensors are /mlp/batch_norm_activation_0/"),
    Failure(
      "set \(model) /mlp/linear_0.W --value 1e300 --output TMP/out.h5", 65, "element 0 of /mlp/linear_0.W would be inf"),
    Failure(
      "rename \(model) /mlp/none /mlp/some --dry-run", 1,
      "the model has no brick /mlp/none. The bricks are /mlp, /mlp/linear_0, "),
    Failure("drop \(model) *.none --dry-run", 1, "no tensor matches *.none"),
    Failure("drop \(model) a//b --dry-run", 64, "a//b"),
    Failure("diff \(model) \(model) --tolerance=-1", 64, "--tolerance -1: give a finite number of at least 0"),
    Failure("diff \(model) \(model) --ignore /mlp/[a", 64, "--ignore /mlp/[a: the pattern \"/mlp/[a\""),
    Failure("stats \(model) --stationary-tolerance nan", 64, "--stationary-tolerance nan: give a finite number"),
    // Comparing, verifying and summarizing.
    Failure("diff fixtures/none.h5 \(model)", 66, "fixtures/none.h5: there is no such file"),
    Failure("diff \(model) Package.swift", 65, "Package.swift: has an unknown format; the known formats are"),
    Failure(
      "diff fixtures/malformed/C29-contents-wrong-digest.h5 \(model)", 65,
      "contents-wrong-digest.h5: /contents: its digest is"),
    Failure("diff \(huge) \(model)", 65, "brings the tensors of the file to 9223372036854775807 bytes"),
    Failure("convert \(huge) TMP/out.npz", 65, "huge_chunks.h5"),
    Failure("average \(huge) \(huge) --output TMP/out.h5", 65, "huge_chunks.h5"),
    Failure("run \(model) \(huge):huge", 65, "1317624576693539400 of its chunks are missing"),
    Failure("verify fixtures/none.h5", 66, "fixtures/none.h5: there is no such file"),
    Failure("verify Package.swift", 65, "Package.swift: has an unknown format; the known formats are"),
    Failure("stats fixtures/valid/update-pairs.h5", 65, "update-pairs.h5: holds update pairs, not a model"),
    // Outputs that cannot be created.
    Failure(
      "merge \(model) --output TMP/none/pairs.h5", 73,
      "TMP/none/pairs.h5: cannot be created: there is no folder TMP/none"),
    Failure("merge \(model) --output TMP", 73, "TMP: cannot be written: it exists and is not a regular file"),
    Failure("merge \(model) --output ''", 73, "cannot be created"),
    Failure("extract \(model) --output /proc/pairs.h5", 73, "/proc/pairs.h5: cannot be written: /proc has devices"),
    Failure("average-stats \(model) --output /dev/stdout", 73, "/dev/stdout: cannot be written: /dev has devices"),
    Failure("merge \(model) --output Package.swift/x.h5", 73, "cannot be created: Package.swift is not a folder"),
    // The output is checked before anything is read.
    Failure("collect fixtures/none.h5 \(images) --output TMP/none/pairs.h5", 73, "there is no folder TMP/none"),
    Failure("recalibrate fixtures/none.h5 \(images) --output TMP/none/out.h5", 73, "there is no folder TMP/none"),
    Failure(
      "soup fixtures/none.h5 --held-out \(images) --labels \(images) --output TMP/none/out.h5", 73, "there is no folder"
    ),
    Failure("run fixtures/none.h5 \(images) --output TMP/none/out.h5", 73, "there is no folder TMP/none"),
    Failure("report fixtures/none.h5 --output TMP/none/out.html", 73, "there is no folder TMP/none"),
    Failure("plot fixtures/none.h5 --output TMP/none/out.svg", 73, "there is no folder TMP/none"),
    Failure("check fixtures/none.h5 \(images) --report TMP/none/out.html", 73, "there is no folder TMP/none"),
    Failure("convert fixtures/none.h5 TMP/none/out.onnx", 73, "there is no folder TMP/none"),
    Failure("average fixtures/none.h5 --output \(longName).h5", 73, "too long; choose a shorter name"),
    Failure("average-stats \(model) --output TMP/none/out.h5", 73, "TMP/none/out.h5: cannot be created"),
    Failure("run \(model) \(images) --output TMP/none/outputs.npy", 73, "TMP/none/outputs.npy: "),
    Failure("run \(model) \(images) --output TMP/none/outputs.h5", 73, "TMP/none/outputs.h5: "),
    // The command's answer is negative.
    Failure("extract \(model) --brick nothing --output TMP/pairs.h5", 1, "no update pair matches; nothing was written"),
    Failure("extract fixtures/valid/all-operations.h5 --output TMP/pairs.h5", 1, "there is nothing to extract"),
    Failure("merge fixtures/valid/plain.h5 --output TMP/pairs.h5", 1, "plain.h5: has no recorded update pairs"),
    Failure(
      "average-stats fixtures/valid/stale.h5 --output TMP/out.h5", 1,
      "Pass --allow-prior to write the average and mark it stale"),
  ]

  @Test("has its exit status, and its message says what failed, where and why", arguments: failures)
  func fails(_ failure: Failure) throws {
    let session = try Session()
    let outcome = try session.run(failure.command)
    #expect(outcome.status == failure.status, "\(outcome.errors)")
    #expect(outcome.errors.contains(failure.fragment), "\(outcome.errors)")
    // Apart from warnings, there is one line of ours, and no result.
    #expect(outcome.errors.hasPrefix("bntool: "))
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: session.folder).allSatisfy { $0.hasPrefix(".session-") })
  }

  @Test("is \"bad data\" for every malformed file, and the message begins with the file's name")
  func malformed() throws {
    struct File: Decodable {
      let file: String
      let at: String
      let refused: Bool
    }
    let table = try bytes(Repository.fixture("malformed/expectations.json"))
    let files = try JSONDecoder().decode([File].self, from: table)
    #expect(files.count > 100)
    for file in files where file.refused {
      let path = Repository.fixture("malformed/\(file.file)")
      // The commands run in this process, because starting several hundred processes takes most of the time. One after the other:
      // they share the console and the handlers of signals.
      try withTemporaryFolder { folder in
        let error = #expect(throws: (any Error).self, "\(path)") {
          // Inspect takes any HDF5 file, so another command refuses the one that is not a checkpoint.
          if file.at == "open", file.file != "C20-no-checkpoint.h5" {
            try Inspect.show([path])
          } else {
            try AverageStats.parse([path, "--output", "\(folder)/out.h5", "--quiet"]).run()
            // Averaging does not evaluate the graph, so it may accept what only running refuses.
            if file.at == "run" { throw NegativeAnswer(description: "there is nothing to average: accepted") }
          }
        }
        guard let error else { return }
        if file.at == "run", "\(error)".contains("there is nothing to average") { return }
        #expect(ExitStatus(of: error) == .badData, "\(error)")
        // A command that continues with other files has already reported this file.
        #expect(error is ReportedFailure || "\(error)".hasPrefix("\(path): "), "\(error)")
        // One problem in one line, or several below it, indented.
        #expect("\(error)".split(separator: "\n").dropFirst().allSatisfy { $0.hasPrefix("  /") }, "\(error)")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(left.isEmpty, "\(path)")
      }
    }
  }
}
