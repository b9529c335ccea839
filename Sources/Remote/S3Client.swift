import Platform
import Synchronization

/// Makes requests for an object of S3, with the settings of the AWS tools.
final class S3Client: Sendable {
  private let place: RemoteObject.S3
  private let settings: AWSSettings
  private let region: Mutex<String>

  /// Reads the settings.
  ///
  /// - Throws: `FileError` with code `.denied` if the settings name a profile without usable credentials.
  init(_ place: RemoteObject.S3, name: String) throws(FileError) {
    self.place = place
    settings = try AWSSettings.current(for: name)
    region = Mutex(settings.region)
  }

  /// The remedy if access is refused.
  var advice: String {
    settings.credentials == nil
      ? "no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
      : "check the credentials, and whether they allow s3:GetObject"
  }

  /// Uses the region that a server names.
  ///
  /// - Returns: Whether this region differs from the region that was used before.
  func use(region name: String) -> Bool {
    guard !name.isEmpty,
      name.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) })
    else { return false }
    return region.withLock { region in
      defer { region = name }
      return region != name
    }
  }

  /// A request for a range. It is signed if there are credentials.
  func request(_ range: Range<Int>, headers: [String]) -> RangeRequest {
    let region = region.withLock { $0 }
    let address = address(region)
    var headers = headers
    if let credentials = settings.credentials {
      headers +=
        AWSSignature(
          host: address.host, path: address.path, region: region, credentials: credentials, time: AWSSignature.now
        ).headers
    }
    return RangeRequest(
      url: "\(address.scheme)\(address.host)\(address.path)", range: range, headers: headers,
      allowsPlainHTTP: address.scheme == "http://", followsRedirects: false)
  }

  /// The address of the object. The name of the bucket is a part of the host only on Amazon's own servers, and if the certificate of
  /// these servers covers the name.
  private func address(_ region: String) -> (scheme: String, host: String, path: String) {
    let key = AWSSignature.encoded(place.key, keeping: "/")
    if let endpoint = settings.endpoint, let scheme = RemotePath.scheme(of: endpoint) {
      let rest = endpoint.dropFirst(scheme.count)
      let slash = rest.firstIndex(of: "/") ?? rest.endIndex
      let base = rest[slash...].hasSuffix("/") ? rest[slash...].dropLast() : rest[slash...]
      return (scheme, String(rest[..<slash]), "\(base)/\(AWSSignature.encoded(place.bucket))/\(key)")
    }
    let server = "s3.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")"
    let isHostName = place.bucket.utf8.allSatisfy {
      $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0)
    }
    return isHostName
      ? ("https://", "\(place.bucket).\(server)", "/\(key)")
      : ("https://", server, "/\(AWSSignature.encoded(place.bucket))/\(key)")
  }
}
