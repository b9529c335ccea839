import CCrypto
import Platform

/// A private key, which makes signatures: Ed25519 (RFC 8032), or ECDSA on the curves P-256, P-384 and P-521 (FIPS 186-5).
public struct PrivateKey: Sendable {
  private let key: Key
  /// The public key of the pair.
  public let publicKey: PublicKey

  /// Reads a private key in PEM, the format that `openssl genpkey` writes.
  ///
  /// - Throws: `SignatureError` with code `.unsuitableKey`; `FileError` if the file cannot be read.
  public init(contentsOf path: String) throws {
    let text = try ReadableFile.text(of: path)
    guard !text.contains("ENCRYPTED") else {
      throw SignatureError(
        .unsuitableKey,
        "the key has a password; write the key without a password: openssl pkey -in \(path) -out PLAIN.pem",
        file: path)
    }
    key = try Key(text, file: path, "private", ccrypto_read_private_key)
    publicKey = PublicKey(key: key)
  }

  /// The signature of bytes. ECDSA signatures are in DER, and each signature of the same bytes is different.
  func signature(of bytes: [UInt8]) throws -> [UInt8] { try key.signature(of: bytes) }
}

/// A public key, which verifies signatures.
public struct PublicKey: Sendable {
  fileprivate let key: Key

  fileprivate init(key: Key) { self.key = key }

  /// Reads a public key in PEM, the format that `openssl pkey -pubout` writes.
  ///
  /// - Throws: `SignatureError` with code `.unsuitableKey`; `FileError` if the file cannot be read.
  public init(contentsOf path: String) throws {
    let text = try ReadableFile.text(of: path)
    guard !text.contains("PRIVATE KEY") else {
      throw SignatureError(
        .unsuitableKey,
        "is a private key; keep it secret, and verify with the public key: "
          + "openssl pkey -in \(path) -pubout -out PUBLIC.pem", file: path)
    }
    key = try Key(text, file: path, "public", ccrypto_read_public_key)
  }

  /// The SHA-256 digest of the key in PEM. A signature identifies its key by this digest.
  public var fingerprint: [UInt8] { SHA256.digest(of: key.publicText) }

  /// The fingerprint in hexadecimal digits.
  public var fingerprintText: String { Encodings.hexadecimal(fingerprint) }

  /// Whether bytes have the given signature.
  func isValid(_ signature: [UInt8], of bytes: [UInt8]) -> Bool { key.isValid(signature, of: bytes) }
}

/// A key of OpenSSL. It never changes, so several threads may use it.
private final class Key: @unchecked Sendable {
  private static let curves = ["prime256v1": EVP_sha256, "secp384r1": EVP_sha384, "secp521r1": EVP_sha512]

  private let pointer: OpaquePointer
  private let file: String
  // Ed25519 includes its own hash function.
  private let hash: OpaquePointer?

  init(_ text: String, file: String, _ kind: String, _ read: (OpaquePointer?) -> OpaquePointer?) throws {
    let bytes = Array(text.utf8)
    let buffer = BIO_new_mem_buf(bytes, Int32(bytes.count))
    defer { BIO_free(buffer) }
    guard let pointer = read(buffer) else {
      throw SignatureError(
        .unsuitableKey, "holds no \(kind) key in PEM; openssl genpkey -algorithm ed25519 makes one", file: file)
    }
    self.file = file
    self.pointer = pointer
    guard ccrypto_key_kind(pointer) != ccrypto_kind_ed25519() else {
      hash = nil
      return
    }
    var name = [CChar](repeating: 0, count: 64)
    guard ccrypto_key_kind(pointer) == ccrypto_kind_elliptic(), EVP_PKEY_get_group_name(pointer, &name, 64, nil) == 1,
      let function = Key.curves[name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }]
    else {
      hash = nil
      throw SignatureError(
        .unsuitableKey, "the key is neither Ed25519 nor on the curves P-256, P-384 and P-521; use one of these",
        file: file)
    }
    hash = function()
  }

  deinit { EVP_PKEY_free(pointer) }

  /// The public key in PEM.
  var publicText: [UInt8] {
    let buffer = BIO_new(BIO_s_mem())
    defer { BIO_free(buffer) }
    PEM_write_bio_PUBKEY(buffer, pointer)
    var start: UnsafeMutablePointer<CChar>?
    let count = ccrypto_buffer_bytes(buffer, &start)
    return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
  }

  func signature(of bytes: [UInt8]) throws -> [UInt8] {
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    var count = 0
    guard EVP_DigestSignInit(context, nil, hash, nil, pointer) == 1,
      EVP_DigestSign(context, nil, &count, bytes, bytes.count) == 1
    else { throw SignatureError(.failed, "cannot sign with this key", file: file) }
    var signature = [UInt8](repeating: 0, count: count)
    guard EVP_DigestSign(context, &signature, &count, bytes, bytes.count) == 1 else {
      throw SignatureError(.failed, "cannot sign with this key", file: file)
    }
    return Array(signature.prefix(count))
  }

  func isValid(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    return EVP_DigestVerifyInit(context, nil, hash, nil, pointer) == 1
      && EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
  }
}
