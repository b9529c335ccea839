import CCurl
import Platform

/// A request for a range of an object's bytes.
struct RangeRequest {
  let url: String
  let range: Range<Int>
  /// Additional headers, each as `Name: value`.
  var headers: [String] = []
  let allowsPlainHTTP: Bool
  /// Whether redirects are followed. A signature is valid for only one URL.
  let followsRedirects: Bool
}

/// The answer of a server: the status, values from the headers, and the bytes.
struct Answer {
  /// The HTTP status, such as 206 for a part of an object.
  var status = 0
  /// The range of the bytes in the object, and the size of the object.
  var place: (range: Range<Int>, total: Int)?
  /// The version of the object; nil if the server does not state a version.
  var version: ObjectVersion?
  /// The number of seconds after which the server wants to be asked again.
  var retryAfter: Double?
  /// The region of a bucket of S3.
  var region: String?
  /// Whether the bytes are compressed, although this was not asked for.
  var isEncoded = false
  /// Whether there are more bytes than the range has.
  var isTooLong = false
  /// The bytes of the range, or the beginning of a text about an error.
  var bytes: [UInt8] = []
}

/// The value by which a server distinguishes versions of an object.
enum ObjectVersion: Hashable, Sendable {
  /// A strong entity tag, which changes if any byte of the object changes.
  case tag(String)
  /// A time or an entity tag that may stay the same after a change.
  case weak(String)

  /// The header that makes a server refuse any other version; nil if no header can.
  var condition: String? { if case .tag(let tag) = self { "If-Match: \(tag)" } else { nil } }
}

/// One request and its answer. libcurl passes the parts of the answer to this object.
final class Transfer {
  private(set) var answer = Answer()
  private let expectedCount: Int
  private var lastModified: String?
  private static let largestErrorText = 4096

  private init(expectedCount: Int) { self.expectedCount = expectedCount }

  /// Performs a request.
  ///
  /// - Throws: `TransferFailure` if there is no complete answer.
  static func perform(_ request: RangeRequest, limits: RemoteLimits) throws(TransferFailure) -> Answer {
    let connection = Connection.take()
    defer { connection.giveBack() }
    let handle = connection.handle
    let transfer = Transfer(expectedCount: request.range.count)
    var headers: UnsafeMutablePointer<curl_slist>?
    defer { curl_slist_free_all(headers) }
    let range = "Range: bytes=\(request.range.lowerBound)-\(request.range.upperBound - 1)"
    for header in [range, "Accept-Encoding: identity", "User-Agent: swift-bricks"] + request.headers {
      headers = curl_slist_append(headers, header)
    }
    ccurl_set_text(handle, CURLOPT_URL, request.url)
    ccurl_set_headers(handle, headers)
    ccurl_set_protocols(handle, request.allowsPlainHTTP ? 1 : 0)
    ccurl_set_number(handle, CURLOPT_FOLLOWLOCATION, request.followsRedirects ? 1 : 0)
    ccurl_set_number(handle, CURLOPT_MAXREDIRS, 8)
    ccurl_set_number(handle, CURLOPT_NOSIGNAL, 1)
    ccurl_set_number(handle, CURLOPT_PATH_AS_IS, 1)
    ccurl_set_number(handle, CURLOPT_CONNECTTIMEOUT, limits.silence)
    ccurl_set_number(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
    ccurl_set_number(handle, CURLOPT_LOW_SPEED_TIME, limits.silence)
    ccurl_set_number(handle, CURLOPT_TIMEOUT, limits.total)
    // The same variables as those of the curl program.
    if let file = certificates { ccurl_set_text(handle, CURLOPT_CAINFO, file) }
    if let folder = Environment.value(of: "SSL_CERT_DIR") { ccurl_set_text(handle, CURLOPT_CAPATH, folder) }
    ccurl_set_receivers(
      handle,
      { bytes, size, count, context in
        Transfer.of(context)?.receive(header: UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
      },
      { bytes, size, count, context in
        Transfer.of(context)?.receive(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
      }, Unmanaged.passUnretained(transfer).toOpaque())
    let result = withExtendedLifetime(transfer) { curl_easy_perform(handle) }
    // This class stopped the transfer of the body, and the status says why.
    if result == CURLE_WRITE_ERROR, transfer.answer.status != 206 { return transfer.answer }
    guard result == CURLE_OK || transfer.answer.isTooLong else { throw TransferFailure(result) }
    return transfer.answer
  }

  /// The file of trusted certificates that the environment names.
  private static var certificates: String? {
    for name in ["CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
      if let path = Environment.value(of: name), !path.isEmpty { return path }
    }
    return nil
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
  }

  private func receive(body: UnsafeRawBufferPointer) -> Int {
    if answer.status == 206 {
      guard answer.bytes.count + body.count <= expectedCount else {
        answer.isTooLong = true
        return 0
      }
    } else {
      // Keep the text of an error. Refuse other bodies, such as the whole object from a server that ignores the range.
      guard answer.status >= 400, answer.bytes.count + body.count <= Self.largestErrorText else { return 0 }
    }
    answer.bytes.append(contentsOf: body)
    return body.count
  }

  private func receive(header: UnsafeRawBufferPointer) -> Int {
    let line = String(decoding: header, as: UTF8.self).trimmed
    if line.hasPrefix("HTTP/") {
      // Other answers, such as redirects, may come before this one.
      answer = Answer()
      lastModified = nil
      answer.status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      if answer.status == 206 { answer.bytes.reserveCapacity(expectedCount) }
      return header.count
    }
    guard let colon = line.firstIndex(of: ":") else { return header.count }
    let value = String(line[line.index(after: colon)...]).trimmed
    switch line[..<colon].lowercased() {
    case "content-range": answer.place = Self.place(value)
    case "content-encoding": answer.isEncoded = value.lowercased() != "identity"
    case "retry-after": answer.retryAfter = Double(value)
    case "x-amz-bucket-region": answer.region = value
    case "etag": answer.version = value.hasPrefix("\"") ? .tag(value) : .weak(value)
    case "last-modified": if answer.version == nil { answer.version = .weak(value) }
    default: break
    }
    return header.count
  }

  /// Parses a header value such as `bytes 0-99/1000` or `bytes */0`.
  static func place(_ text: String) -> (range: Range<Int>, total: Int)? {
    let parts = text.split(separator: " ")
    guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
    let halves = parts[1].split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2, let total = Int(halves[1]), total >= 0 else { return nil }
    if halves[0] == "*" { return (0..<0, total) }
    let bounds = halves[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard bounds.count == 2, let first = bounds[0], let last = bounds[1], first >= 0, first <= last, last < total else {
      return nil
    }
    return (first..<last + 1, total)
  }
}

/// A request without a complete answer, or with an answer that is an error.
struct TransferFailure: Error {
  /// Whether another attempt can succeed.
  let isTemporary: Bool
  /// The reason and the remedy, such as "Timeout was reached".
  let text: String
  /// The complete error, if it is known.
  let fileError: FileError?

  init(_ error: FileError) { (isTemporary, text, fileError) = (false, error.message, error) }

  init(_ code: CURLcode) {
    let reason = String(cString: curl_easy_strerror(code))
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT,
      CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_SSL_CONNECT_ERROR, CURLE_HTTP2,
      CURLE_HTTP2_STREAM:
      isTemporary = true
    default: isTemporary = false
    }
    let advice: String? =
      switch code {
      case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
        "if your own certificate authority signed the server's certificate, set CURL_CA_BUNDLE to the file of this authority"
      case CURLE_COULDNT_RESOLVE_HOST: "check the name of the host"
      case CURLE_UNSUPPORTED_PROTOCOL:
        "the server redirects to another protocol, or from https to http, which is not followed"
      case CURLE_TOO_MANY_REDIRECTS: "the server redirects in a circle"
      case CURLE_URL_MALFORMAT: "write special characters as %XX"
      default: nil
      }
    text = reason + (advice.map { "; \($0)" } ?? "")
    fileError = nil
  }
}

extension StringProtocol {
  /// The text without white space at both ends.
  var trimmed: String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
    guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
      return ""
    }
    return String(self[first...last])
  }
}
