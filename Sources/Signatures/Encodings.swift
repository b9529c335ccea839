import CCrypto

/// Encodings of bytes as text: hexadecimal digits, and base64 (RFC 4648).
enum Encodings {
  static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The bytes that hexadecimal digits stand for; nil if the text is not hexadecimal.
  static func bytes(hexadecimal text: String) -> [UInt8]? {
    let digits = text.utf8.map { UInt8($0) }
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: digits.count, by: 2) {
      let pair = String(decoding: digits[start..<start + 2], as: UTF8.self)
      guard pair.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
        let byte = UInt8(pair, radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  static func base64(_ bytes: [UInt8]) -> String {
    var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
    let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
    return String(decoding: text.prefix(Int(count)), as: UTF8.self)
  }

  /// The bytes that a text in base64 with padding stands for; nil if the text is not base64.
  static func bytes(base64 text: String) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count % 4 == 0 else { return nil }
    guard !characters.isEmpty else { return [] }
    let padding = characters.suffix(2).count { $0 == UInt8(ascii: "=") }
    // OpenSSL skips spaces at the ends.
    guard characters.dropLast(padding).allSatisfy({ $0 > UInt8(ascii: " ") && $0 != UInt8(ascii: "=") }) else {
      return nil
    }
    var bytes = [UInt8](repeating: 0, count: characters.count / 4 * 3)
    guard EVP_DecodeBlock(&bytes, characters, Int32(characters.count)) == bytes.count else { return nil }
    return Array(bytes.dropLast(padding))
  }
}
