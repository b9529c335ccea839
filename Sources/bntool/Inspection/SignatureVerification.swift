import Checkpoints
import ComputationGraphs
import Signatures

/// Compares a file with its signature.
struct SignatureVerification {
  let signature: String
  let key: String

  /// The findings about a file.
  ///
  /// - Throws: `SignatureError` or `FileError` if the key or the signature cannot be read.
  func findings(on file: String) throws -> [Finding] {
    let key = try PublicKey(contentsOf: key)
    let signature = try Signature(contentsOf: signature)
    let content = try SignedContent(of: file, acceptingDamage: true)
    let name = "the key \(key.fingerprintText.prefix(16))…"
    switch try signature.verify(content, by: key, file: self.signature) {
    case .sameFile: return [Finding(.note, .signature, "/", "is signed by the owner of \(name), byte for byte")]
    case .sameContent:
      return [
        Finding(
          .note, .signature, "/",
          "every document and tensor is signed by the owner of \(name); the bytes of the file differ from the signed bytes, "
            + "as after bntool repack")
      ]
    case .invalid:
      guard let named = signature.keyFingerprint, named != key.fingerprintText else {
        return [Finding(.error, .signature, "/", "the signature was not made with \(name), or was changed afterwards")]
      }
      return [
        Finding(
          .error, .signature, "/",
          "the signature was made with the key \(named.prefix(16))…, but \(self.key) is \(name); get the right key")
      ]
    case .otherContent(let paths):
      return (paths.isEmpty ? ["/"] : paths).map {
        Finding(.error, .signature, $0, "differs from the content that the owner of \(name) signed")
      }
    }
  }
}
