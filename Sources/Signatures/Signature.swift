import JSON
import Names
import Platform

/// A detached signature of a file: a Sigstore bundle with a DSSE envelope, in the form of OpenSSF Model Signing v1.0.
///
/// A valid signature shows that the owner of the key has signed this content. It does not show that the content is good, nor
/// when it was signed. It does not name the owner of the key, so get the public key from a place that you trust.
public struct Signature: Hashable, Sendable {
  private static let mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
  private static let payloadType = "application/vnd.in-toto+json"

  private let payload: [UInt8]
  private let signature: [UInt8]
  /// The SHA-256 digest of the public key in PEM, in hexadecimal digits; nil if the signature does not name its key.
  public let keyFingerprint: String?

  /// Signs content.
  ///
  /// - Throws: `SignatureError` with code `.failed`.
  public init(of content: SignedContent, by key: PrivateKey) throws {
    payload = Array(try Statement.json(of: content).jsonText().utf8)
    signature = try key.signature(of: Signature.encoding(payload))
    keyFingerprint = key.publicKey.fingerprintText
  }

  /// Reads a signature. It is not verified yet.
  ///
  /// - Throws: `SignatureError` with code `.malformed`; `FileError` if the file cannot be read.
  public init(contentsOf path: String) throws {
    let text = try ReadableFile.text(of: path)
    do {
      let bundle = try JSONValue(parsing: text)
      let type = try bundle.text("mediaType")
      guard type == Signature.mediaType else {
        throw JSONError("its media type is \"\(type)\", not \"\(Signature.mediaType)\"")
      }
      keyFingerprint = try bundle.member("verificationMaterial") { material in
        guard try material.members()["publicKey"] != nil else {
          throw JSONError(
            "it was not made with a key pair; signatures with certificates or without keys are not supported")
        }
        return try material.member("publicKey") { try $0.optionalMember("hint") { try $0.text() } }
      }
      (payload, signature) = try bundle.member("dsseEnvelope") { envelope in
        guard try envelope.text("payloadType") == Signature.payloadType else {
          throw JSONError("it holds no in-toto statement")
        }
        let signatures = try envelope.list("signatures") { try Signature.bytes($0, "sig") }
        guard signatures.count == 1 else { throw JSONError("it has \(signatures.count) signatures, not one") }
        return (try Signature.bytes(envelope, "payload"), signatures[0])
      }
    } catch let error as JSONError {
      throw SignatureError(.malformed, "is not a signature of OpenSSF Model Signing: \(error.message)", file: path)
    }
  }

  private static func bytes(_ json: JSONValue, _ key: Name) throws -> [UInt8] {
    guard let bytes = Encodings.bytes(base64: try json.text(key)) else { throw JSONError("\(key) is not base64") }
    return bytes
  }

  /// The signature as JSON, for a file.
  public func json() throws -> JSONValue {
    let key: JSONValue = ["hint": keyFingerprint.map(JSONValue.text) ?? .null]
    let envelope: JSONValue = [
      "payload": .text(Encodings.base64(payload)), "payloadType": .text(Signature.payloadType),
      "signatures": .list([["sig": .text(Encodings.base64(signature)), "keyid": .text("")]]),
    ]
    return [
      "mediaType": .text(Signature.mediaType),
      "verificationMaterial": ["publicKey": key, "tlogEntries": .list([])], "dsseEnvelope": envelope,
    ]
  }

  /// Writes the signature to a file, which appears completely or not at all.
  ///
  /// - Throws: `FileError`.
  public func write(to path: String) throws {
    let text = Array((try json().jsonText() + "\n").utf8)
    try AtomicFile.write(to: path) { try WritableFile.write([text], to: $0) }
  }

  /// The result of a verification.
  public enum Outcome: Hashable, Sendable {
    /// The file has exactly the bytes that were signed.
    case sameFile
    /// The file has other bytes, but its documents and tensors are those that were signed.
    ///
    /// The checkpoint was stored again, for example by `bntool repack`.
    case sameContent
    /// The key did not make this signature, or the signature was changed.
    case invalid
    /// The signature is valid, but the file differs from the signed content. The paths name the objects that differ, if they
    /// are known.
    case otherContent([Name])
  }

  /// Verifies that the owner of a key signed this content.
  ///
  /// - Parameter file: The signature's file, for messages.
  /// - Throws: `SignatureError` with code `.malformed` if the signed statement is malformed or not supported.
  public func verify(_ content: SignedContent, by key: PublicKey, file: String) throws -> Outcome {
    guard key.isValid(signature, of: Signature.encoding(payload)) else { return .invalid }
    let statement: Statement
    do {
      guard let text = String(validating: payload, as: UTF8.self) else { throw JSONError("it is not UTF-8 text") }
      statement = try Statement(json: JSONValue(parsing: text))
    } catch {
      throw SignatureError(.malformed, "the signed statement is malformed or not supported: \(error)", file: file)
    }
    // A single file is the resource ".". A file in a signed folder is the resource with its name.
    guard let digest = statement.resources["."] ?? statement.resources[Name(content.name)] else {
      return .otherContent([])
    }
    if digest == content.fileDigest { return .sameFile }
    guard !statement.objects.isEmpty, !content.objects.isEmpty else { return .otherContent([]) }
    let signed = SignedContent(name: content.name, fileDigest: digest, objects: statement.objects)
    let differences = content.differences(from: signed)
    return differences.isEmpty ? .sameContent : .otherContent(differences)
  }

  /// The bytes that are signed: the payload with its type, in DSSE's encoding (github.com/secure-systems-lab/dsse, version 1).
  private static func encoding(_ payload: [UInt8]) -> [UInt8] {
    Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
  }
}
