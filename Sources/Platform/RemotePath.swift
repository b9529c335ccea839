import Synchronization

/// Paths that name objects on other machines: `https://`, `http://` and `s3://`.
package enum RemotePath {
  /// The schemes of URLs that can be read.
  package static let schemes = ["https://", "http://", "s3://"]

  /// Whether a path is a URL that can be read. A local file of such a name is reached by a path that begins with `./`.
  package static func isRemote(_ path: String) -> Bool { scheme(of: path) != nil }

  /// The scheme with which a path begins, in lower case.
  package static func scheme(of path: String) -> String? {
    schemes.first { path.utf8.count > $0.utf8.count && path.prefix($0.count).lowercased() == $0 }
  }

  /// A path without the parts of a URL that can hold secrets: the query, the fragment, and the name and password of a user.
  package static func name(of path: String) -> String {
    guard let scheme = scheme(of: path) else { return path }
    var rest = path.dropFirst(scheme.count)
    // A key of S3 may contain every character.
    guard scheme != "s3://" else { return scheme + rest }
    if let end = rest.firstIndex(where: { $0 == "?" || $0 == "#" }) { rest = rest[..<end] }
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    if let at = rest[..<slash].lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
    return scheme + rest
  }
}

// Secrets of URLs on the command line.
extension RemotePath {
  private static let concealed = Mutex<[String: String]>([:])

  /// Splits `URL:MEMBER` at the first colon after the host. Write a colon inside the URL as `%3A`.
  package static func split(_ location: String) -> (url: String, member: String?) {
    guard let scheme = scheme(of: location), let slash = location.dropFirst(scheme.count).firstIndex(of: "/"),
      let colon = location[slash...].firstIndex(of: ":")
    else { return (location, nil) }
    return (String(location[..<colon]), String(location[location.index(after: colon)...]))
  }

  /// A location without secrets, which leads to the same object in this process. So no message, report or provenance can contain the
  /// secrets.
  package static func concealing(_ location: String) -> String {
    let (url, member) = split(location)
    let name = name(of: url)
    guard name != url else { return location }
    let short = concealed.withLock { concealed in
      // Two URLs may differ only in the concealed parts, for example in the version of an object.
      let short = (1...).lazy.map { $0 == 1 ? name : "\(name)?\($0)" }.first { concealed[$0] ?? url == url } ?? name
      concealed[short] = url
      return short
    }
    return short + (member.map { ":\($0)" } ?? "")
  }

  /// The complete URL of a concealed one.
  package static func revealing(_ path: String) -> String { concealed.withLock { $0[path] } ?? path }
}

/// A file on another machine. Several threads may read it.
package protocol RemoteBytes: AnyObject, Sendable {
  /// The URL for messages, without secrets.
  var name: String { get }
  /// The size in bytes.
  var byteCount: Int { get }
  /// The failure after which nothing more is read; nil if there was none.
  var failure: FileError? { get }

  /// Fills a buffer with the bytes from an offset on. The file must have these bytes.
  ///
  /// - Parameter end: The end of the bytes that are likely to be read next; nil if it is unknown.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int, likelyUntil end: Int?) throws(FileError)
}
