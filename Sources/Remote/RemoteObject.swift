import Platform

/// An object on a server, and the way to ask for it.
struct RemoteObject: Hashable, Sendable {
  /// The URL for messages, without secrets.
  let name: String
  /// The URL for requests.
  let url: String
  /// Whether redirects may lead to `http://`, because the URL itself begins with `http://`.
  let allowsPlainHTTP: Bool
  /// The bucket and the key of an object of S3; nil for any other object.
  let s3: S3?

  struct S3: Hashable, Sendable {
    let bucket: String
    let key: String
  }

  /// Reads the URL of an object.
  ///
  /// - Throws: `FileError` with code `.notFound` if the URL names no object.
  init(_ location: String) throws(FileError) {
    let path = RemotePath.revealing(location)
    let name = path == location ? RemotePath.name(of: path) : location
    self.name = name
    func invalid(_ problem: String) -> FileError { FileError(.notFound, problem, path: name) }
    guard let scheme = RemotePath.scheme(of: path), !path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw invalid("is not a URL")
    }
    let rest = path.dropFirst(scheme.count)
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    guard slash > rest.startIndex, rest[slash...].utf8.count > 1 else {
      throw invalid("names no object: write \(scheme)\(scheme == "s3://" ? "BUCKET/KEY" : "HOST/PATH")")
    }
    guard scheme == "s3://" else {
      guard !rest[..<slash].contains("@") else {
        throw invalid("contains a password, which other users of this machine could see; leave it out")
      }
      // A space is the only character that people write and that URLs do not have.
      url =
        scheme
        + rest.prefix { $0 != "#" }.split(separator: " ", omittingEmptySubsequences: false).joined(separator: "%20")
      (allowsPlainHTTP, s3) = (scheme == "http://", nil)
      return
    }
    (url, allowsPlainHTTP) = (path, false)
    s3 = S3(bucket: String(rest[..<slash]), key: String(rest[rest.index(after: slash)...]))
  }
}
