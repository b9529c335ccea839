import ArgumentParser
import Signatures

struct Sign: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign", _superCommandName: "bntool",
    abstract: "Sign a file with a private key.",
    discussion: """
      Writes a signature beside the file, in the format of OpenSSF Model Signing v1.0. The signature covers the bytes of the file, \
      and each document and each tensor of a checkpoint. So bntool verify --signature can name each changed tensor, and \
      accepts a file that was only repacked. A damaged checkpoint is not signed.

      A valid signature shows that the owner of the key has signed this content. It does not show that the model is good, when it \
      was signed, or who the owner is. Give your public key to others in a way that they trust.

      The key is a PEM file without a password: Ed25519, or ECDSA on P-256, P-384 or P-521. The program model_signing (PyPI) \
      verifies and makes signatures with the elliptic curves, but not with Ed25519.

      Examples:
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem
        openssl pkey -in key.pem -pubout -out public.pem
        bntool sign model.h5 --key key.pem
        bntool verify model.h5 --signature model.h5.sig --key public.pem
        model_signing verify key model.h5 --signature model.h5.sig \\
          --public_key public.pem
      """)

  @Argument(help: ArgumentHelp("A checkpoint, or any other file.", valueName: "file"), completion: .model)
  var file: String

  @Option(
    help: ArgumentHelp("The private key, in PEM.", valueName: "file"), completion: .file(extensions: ["pem", "key"]))
  var key: String

  @Option(
    help: ArgumentHelp("The signature to write. By default, .sig is appended to the file's name.", valueName: "file"),
    completion: .file(extensions: ["sig"]))
  var output: String?

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [file, key] }
  var outputFile: String? { output ?? "\(file).sig" }

  func run() throws {
    let key = try PrivateKey(contentsOf: key)
    let content = try Console.timed("read \(file)") { try SignedContent(of: file) }
    let signature = try Signature(of: content, by: key)
    let path = outputFile ?? "\(file).sig"
    try ProcessSignals.deferring { try signature.write(to: path) }
    try report.show(
      SignReport(
        input: file, output: path, keyFingerprint: signature.keyFingerprint ?? "", objects: content.objects.count))
  }
}
