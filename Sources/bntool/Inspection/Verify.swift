import ArgumentParser
import Checkpoints
import ComputationGraphs
import Interchange
import ModelFormats

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", _superCommandName: "bntool",
    abstract: "Check checkpoints for damage, contradictions and meaningless statistics.",
    discussion: """
      Reads each file completely, without running the model. It checks:
        the structure of the file, its JSON documents, and the digests of all data
        values that are not finite; deviations of at most 0 or below sqrt(ε)
        statistics that are stale, were never estimated, or have no valid origin
        parameters that no output depends on
        contradictions between graph, table of contents and tree of bricks
        recorded update pairs

      Models of Keras and ONNX are verified like checkpoints. For a file of named tensors, verify checks the rules of the format, all \
      checksums, values that are not finite, and statistics that were never estimated.

      With --signature and --key, it also checks that the owner of the key signed this content: the same file, or a checkpoint with \
      the same documents and tensors. bntool sign --help says what a signature shows, and what it does not show.

      An error breaks the format or makes results meaningless. A warning names a fact that you should look at \
      before you trust the results. A note is a fact that helps to understand the numbers.

      Verify exits with 0 if there are no errors, and with 1 if there are errors. With --strict, warnings count as errors. A \
      file that is not a checkpoint gives 65, a missing file 66, a read that fails 74. The other files are still verified.

      Examples:
        bntool verify epoch-*.h5
        bntool verify --strict --json release.h5
        bntool verify model.h5 --signature model.h5.sig --key public.pem
      """)

  @Argument(help: ArgumentHelp("Checkpoints.", valueName: "checkpoint"), completion: .checkpoint)
  var files: [String]

  @Flag(help: "Count warnings as errors.")
  var strict = false

  @Option(
    help: ArgumentHelp("A signature of the file, as bntool sign or model_signing writes it.", valueName: "file"),
    completion: .file(extensions: ["sig"]))
  var signature: String?

  @Option(
    help: ArgumentHelp("The public key of the signature, in PEM.", valueName: "file"),
    completion: .file(extensions: ["pem", "pub"]))
  var key: String?

  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard (signature == nil) == (key == nil) else {
      throw ValidationError("give --signature and --key together: a signature is verified with a public key")
    }
    guard signature == nil || files.count == 1 else {
      throw ValidationError("--signature belongs to one file; give only that file")
    }
  }

  func run() throws {
    var verifications: [Verification] = []
    var failures = Failures()
    for file in files {
      try failures.catching {
        let verification = try signed(verification(of: file))
        if !report.json { try Console.print(VerifyText(verification: verification).text) }
        verifications.append(verification)
      }
    }
    if report.json { try Console.print(json: ["files": verifications]) }
    try failures.throwFirst()
    let severities = Set(verifications.flatMap(\.findings).map(\.severity))
    if severities.contains(.error) || (strict && severities.contains(.warning)) {
      throw ReportedFailure(status: .negativeAnswer)
    }
  }

  /// A verification with the findings about the signature.
  private func signed(_ verification: Verification) throws -> Verification {
    guard let signature, let key else { return verification }
    return Verification(
      file: verification.file, tensorCount: verification.tensorCount,
      findings: verification.findings
        + (try SignatureVerification(signature: signature, key: key).findings(on: verification.file)))
  }

  private func verification(of file: String) throws -> Verification {
    guard try isForeign(file) else { return try verification(of: CheckpointFile(file)) }
    let tensors = try Progress.reading("verifying \(file)", total: OutputFile.byteCount(file)) {
      guard try ModelFile.format(of: file) == .onnx else { return try Verification(tensorFile: file, progress: $0) }
      do {
        return try Verification(tensors: ModelFile.tensors(at: file), progress: $0)
      } catch let error as ModelFormatError where error.code == .malformed {
        return Verification(file: file, findings: [Finding(.error, .file, "/", error.detail)])
      }
    }
    guard tensors.count(.error) == 0, try ModelFile.tensors(at: file).holdsModel else { return tensors }
    return try verification(ofModel: file, tensors)
  }

  private func verification(of file: CheckpointFile) throws -> Verification {
    // If the file cannot be opened, verification ends immediately and needs no total.
    let total = (try? Checkpoint(opening: file).contents.byteCount) ?? 0
    return try Progress.reading("verifying \(file.name)", total: total) {
      try Verification(checkpoint: file, progress: $0)
    }
  }

  /// Verifies the model of a file in another format.
  ///
  /// - Parameter tensors: The verification of its tensors. It is the result if the model cannot be imported.
  private func verification(ofModel file: String, _ tensors: Verification) throws -> Verification {
    do {
      let view = try CheckpointView(file)
      defer { withExtendedLifetime(view) {} }
      let model = try verification(of: view.file)
      let objects = tensors.findings.filter { $0.check == .objects }
      return Verification(file: file, tensorCount: model.tensorCount, findings: model.findings + objects)
    } catch let error as ModelFormatError where error.code == .malformed || error.isAboutSupport {
      // A model that bntool does not support may still be free of errors, so this is only a note.
      let severity: Finding.Severity = error.code == .malformed ? .error : .note
      return Verification(
        file: file, tensorCount: tensors.tensorCount,
        findings: tensors.findings + [Finding(severity, .file, "/", error.detail)])
    }
  }

  /// Whether a file has a known format, but is not a checkpoint.
  ///
  /// - Throws: `InterchangeError` for a file of an unknown format.
  private func isForeign(_ path: String) throws -> Bool {
    do {
      _ = try Checkpoint(opening: path)
      return false
    } catch {
      guard error.code == .notACheckpoint else { return false }
    }
    let format: FileFormat?
    do {
      format = try TensorFile.format(of: path)
    } catch  where error.code != .unsupported {
      // A damaged archive is verified, too.
      return error.code == .malformed
    }
    if let format { return format != .checkpoint }
    // This throws an error that says what is known about the file.
    return try TensorFile.knownFormat(of: path) != .checkpoint
  }
}
