import CCrypto
import Platform

/// The key of a user of AWS.
struct AWSCredentials: Hashable, Sendable {
  let key: String
  let secret: String
  /// The token of a temporary key.
  let token: String?
}

/// The AWS signature (version 4) of a request without a body.
///
/// libcurl's own signatures (`CURLOPT_AWS_SIGV4`) encode the characters of some keys twice, and differ between its versions.
struct AWSSignature {
  /// The headers that the request needs.
  let headers: [String]

  private static let emptyDigest = hexadecimal(digest([]))

  /// Signs a request.
  ///
  /// - Parameters:
  ///   - path: The encoded path of the URL.
  ///   - time: The time as `YYYYMMDDThhmmssZ`.
  init(host: String, path: String, region: String, credentials: AWSCredentials, time: String) {
    var signed = [("host", host), ("x-amz-content-sha256", Self.emptyDigest), ("x-amz-date", time)]
    if let token = credentials.token { signed.append(("x-amz-security-token", token)) }
    let names = signed.map(\.0).joined(separator: ";")
    let lines = ["GET", path, ""] + signed.map { "\($0):\($1)" } + ["", names, Self.emptyDigest]
    let day = String(time.prefix(8))
    let scope = "\(day)/\(region)/s3/aws4_request"
    let canonical = Array(lines.joined(separator: "\n").utf8)
    let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(Self.hexadecimal(Self.digest(canonical)))"
    var key = Array("AWS4\(credentials.secret)".utf8)
    for part in [day, region, "s3", "aws4_request"] { key = Self.code(of: part, key: key) }
    let signature = Self.hexadecimal(Self.code(of: text, key: key))
    let authorization =
      "Authorization: AWS4-HMAC-SHA256 Credential=\(credentials.key)/\(scope), SignedHeaders=\(names), "
      + "Signature=\(signature)"
    headers = [authorization] + signed.dropFirst().map { "\($0): \($1)" }
  }

  /// The current time in the form that signatures need.
  static var now: String {
    var seconds = time(nil)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ number: Int32, _ count: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
    return padded(parts.tm_year + 1900, 4) + padded(parts.tm_mon + 1, 2) + padded(parts.tm_mday, 2) + "T"
      + padded(parts.tm_hour, 2) + padded(parts.tm_min, 2) + padded(parts.tm_sec, 2) + "Z"
  }

  /// Text with all bytes except letters, digits and `-._~` as `%XX`.
  static func encoded(_ text: String, keeping kept: String = "") -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~\(kept)".utf8)
    var result = ""
    for byte in text.utf8 {
      result += plain.contains(byte) ? String(UnicodeScalar(byte)) : "%" + hexadecimal([byte]).uppercased()
    }
    return result
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func digest(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
    return digest
  }

  /// The authentication code of a text (HMAC-SHA256).
  private static func code(of text: String, key: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    let bytes = Array(text.utf8)
    _ = HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, &code, nil)
    return code
  }
}
