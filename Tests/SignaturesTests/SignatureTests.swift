import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import Signatures

private func fixture(_ name: String) -> String { Repository.fixture(name, of: "SignaturesTests") }

private let plain = Repository.fixture("valid/plain.h5")
private let keys = ["ed25519", "p256", "p384", "p521"]

/// A signature of the model in `fixtures/valid/plain.h5`.
private func outcome(_ path: String, _ signature: Signature, _ key: String) throws -> Signature.Outcome {
  try signature.verify(SignedContent(of: path), by: PublicKey(contentsOf: fixture("\(key).pub.pem")), file: "signature")
}

private func signature(of path: String = plain, _ key: String = "p256") throws -> Signature {
  try Signature(of: SignedContent(of: path), by: PrivateKey(contentsOf: fixture("\(key).pem")))
}

private func expectUnsuitable<Key>(
  _ name: String, _ message: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Key
) {
  _ = expectError(SignatureError.self, mentioning: [name, message], sourceLocation: sourceLocation, body) {
    $0.code == .unsuitableKey
  }
}

@Suite("A signature by the reference implementation")
struct ReferenceSignatureTests {
  @Test("of a file is valid for the file, and for no other file", arguments: ["p256", "p384", "p521"])
  func file(_ key: String) throws {
    let signature = try Signature(contentsOf: fixture("model-signing-\(key).sig"))
    #expect(try outcome(plain, signature, key) == .sameFile)
    let other = Repository.fixture("valid/stale.h5")
    #expect(try outcome(other, signature, key) == .otherContent([]))
    for wrong in keys where wrong != key { #expect(try outcome(plain, signature, wrong) == .invalid) }
  }

  @Test("of a folder is valid for each file in it, by its name")
  func folder() throws {
    let signature = try Signature(contentsOf: fixture("model-signing-folder.sig"))
    for name in ["plain.h5", "stale.h5"] {
      let path = Repository.fixture("valid/\(name)")
      #expect(try outcome(path, signature, "p256") == .sameFile)
    }
    let other = Repository.fixture("valid/loops.h5")
    #expect(try outcome(other, signature, "p256") == .otherContent([]))
  }
}

@Suite("A signature")
struct SignatureTests {
  @Test("of a file that is damaged later names the tensor that is damaged") func damage() throws {
    let signature = try signature()
    let checkpoint = try Checkpoint(opening: plain)
    let entry = try #require(checkpoint.contents.tensors.first { $0.path.text.hasSuffix("linear_0/W") })
    let elements = try checkpoint.read(entry)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: plain))
    let content = Data(elements.doubles.flatMap { number in withUnsafeBytes(of: Float(number)) { Array($0) } })
    let place = try #require(bytes.range(of: content))
    bytes[place.lowerBound] ^= 1
    try withTemporaryFile { path in
      try bytes.write(to: URL(fileURLWithPath: path))
      let damaged = try SignedContent(of: path, acceptingDamage: true)
      let key = try PublicKey(contentsOf: fixture("p256.pub.pem"))
      #expect(try signature.verify(damaged, by: key, file: "signature") == .otherContent([entry.path]))
      // Nothing is known about the objects of a file that was cut off.
      try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
      let short = try SignedContent(of: path, acceptingDamage: true)
      #expect(try signature.verify(short, by: key, file: "signature") == .otherContent([]))
    }
  }

  @Test("is valid for the file that was signed, with every kind of key", arguments: keys)
  func roundTrip(_ key: String) throws {
    try withTemporaryFile { path in
      let signature = try signature(of: plain, key)
      try signature.write(to: path)
      let read = try Signature(contentsOf: path)
      #expect(read == signature)
      #expect(try outcome(plain, read, key) == .sameFile)
      for wrong in keys where wrong != key { #expect(try outcome(plain, read, wrong) == .invalid) }
    }
  }

  @Test("is valid for a compressed copy of the same content")
  func repacked() throws {
    try withTemporaryFile { path in
      try Checkpoint(opening: plain).repack(to: path, storage: .compressed(level: 1))
      #expect(try outcome(path, signature(), "p256") == .sameContent)
    }
  }

  @Test("names the tensors that differ")
  func changed() throws {
    try withTemporaryFile { path in
      var model = try Model(checkpoint: plain)
      let tensor = try model.path("/mlp/linear_1.W")
      let shape = try model.tensor(tensor).shape
      try model.set(tensor, to: Tensor([Float](repeating: 2, count: shape.elementCount), shape: shape))
      try model.save(to: path)
      guard case .otherContent(let paths) = try outcome(path, signature(), "p256") else {
        Issue.record("the change was not found")
        return
      }
      #expect(paths.contains("/parameters/mlp/linear_1/W") && !paths.contains("/parameters/mlp/linear_0/W"))
      #expect(paths.contains("/contents"))
    }
  }

  /// Every third character of the signature's file is replaced by another one.
  @Test("with a changed character is refused, unless the character is in a part that is not verified")
  func edited() throws {
    try withTemporaryFile { path in
      let signed = Repository.fixture("foreign/array.npy")
      try signature(of: signed, "ed25519").write(to: path)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      let key = try PublicKey(contentsOf: fixture("ed25519.pub.pem"))
      let content = try SignedContent(of: signed)
      var refused = 0
      let places = stride(from: 0, to: bytes.count, by: 3)
      for place in places {
        var changed = bytes
        changed[place] = bytes[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        try changed.write(to: URL(fileURLWithPath: path))
        do {
          let read = try Signature(contentsOf: path)
          if try read.verify(content, by: key, file: path) == .invalid { refused += 1 }
        } catch is SignatureError {
          refused += 1
        }
      }
      // The rest are the fingerprint, which only helps to find the key, the log entries, and the identifier of the key.
      #expect(refused > places.underestimatedCount - 40)
    }
  }

  @Test(
    "needs a private key of a supported kind",
    arguments: [
      ("rsa.pem", "neither Ed25519 nor"), ("secp256k1.pem", "neither Ed25519 nor"), ("password.pem", "has a password"),
      ("p256.pub.pem", "no private key"), ("README.md", "no private key"),
    ])
  func unsuitable(_ name: String, _ message: String) {
    expectUnsuitable(name, message) { try PrivateKey(contentsOf: fixture(name)) }
  }

  @Test(
    "is verified with a public key of a supported kind",
    arguments: [
      ("rsa.pub.pem", "neither Ed25519 nor"), ("p256.pem", "is a private key"), ("README.md", "no public key"),
    ])
  func unsuitablePublic(_ name: String, _ message: String) {
    expectUnsuitable(name, message) { try PublicKey(contentsOf: fixture(name)) }
  }

  @Test(
    "that is not one of OpenSSF Model Signing is refused",
    arguments: [
      ("", "JSON"), ("{}", "mediaType"), (#"{"mediaType": "x"}"#, "media type"),
      (
        #"{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": {"certificate": {}}}"#,
        "key pair"
      ),
    ])
  func malformed(_ text: String, _ message: String) throws {
    try withTemporaryFile { path in
      try text.write(toFile: path, atomically: false, encoding: .utf8)
      #expect(throws: SignatureError.self) { try Signature(contentsOf: path) }
    }
  }
}

@Suite("SHA-256")
struct SHA256Tests {
  /// The examples of NIST (FIPS 180-4, "SHA256ShortMsg").
  @Test(
    "gives the digests in its standard, also if the bytes arrive in parts",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func standard(_ text: String, _ digest: String) {
    let bytes = Array(text.utf8)
    #expect(Encodings.hexadecimal(SHA256.digest(of: bytes)) == digest)
    var parts = SHA256()
    for byte in bytes { parts.update([byte]) }
    #expect(Encodings.hexadecimal(parts.finish()) == digest)
  }
}

@Suite("Base64")
struct Base64Tests {
  /// RFC 4648, section 10.
  @Test(
    "agrees with the examples in its standard",
    arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
  func standard(_ text: String, _ encoded: String) {
    #expect(Encodings.base64(Array(text.utf8)) == encoded)
    #expect(Encodings.bytes(base64: encoded) == Array(text.utf8))
  }

  @Test(
    "with wrong characters or wrong padding is refused",
    arguments: ["Zg", "Zg=", "Z===", "Zg==Zg==", "Zm9v ", " Zm9", "Zm9v\n", "Zm-v", "===="])
  func malformed(_ text: String) { #expect(Encodings.bytes(base64: text) == nil) }
}
