import Platform
import TestSupport
import Testing
@testable import Remote

@Suite("A path")
struct RemoteObjectTests {
  @Test(
    "is a URL only if it begins with a supported scheme and a host",
    arguments: [
      ("https://host/a.h5", true), ("http://127.0.0.1:80/a.h5", true), ("s3://bucket/a.h5", true),
      ("HTTPS://HOST/A", true),
      ("s3:", false), ("s3://", false), ("s3:/a", false), ("./https://host/a.h5", false), ("/s3://a", false),
      ("ftp://host/a", false), ("https:", false), ("a.h5", false), ("", false),
    ])
  func isRemote(path: String, expected: Bool) { #expect(RemotePath.isRemote(path) == expected) }

  @Test(
    "has a name for messages, without secrets",
    arguments: [
      ("https://host/a.h5?X-Amz-Signature=secret", "https://host/a.h5"),
      ("https://me:secret@host/a.h5", "https://host/a.h5"),
      ("https://host/a@b.h5#part", "https://host/a@b.h5"), ("https://host?secret/a", "https://host"),
      ("s3://bucket/a?b#c@d.h5", "s3://bucket/a?b#c@d.h5"), ("a?b.h5", "a?b.h5"),
    ])
  func name(path: String, expected: String) { #expect(RemotePath.name(of: path) == expected) }

  @Test("whose secrets were removed still leads to the object of the complete URL") func concealed() throws {
    let first = RemotePath.concealing("https://host/c.h5?key=secret:images")
    #expect(first == "https://host/c.h5:images")
    #expect(try RemoteObject("https://host/c.h5").url == "https://host/c.h5?key=secret")
    let second = RemotePath.concealing("https://host/c.h5?key=other")
    #expect(second == "https://host/c.h5?2")
    #expect(try RemoteObject(second).url == "https://host/c.h5?key=other")
    #expect(try RemoteObject(second).name == second)
    #expect(RemotePath.concealing("https://host/c.h5?key=secret") == "https://host/c.h5")
    for path in ["https://host/c.h5:images", "s3://bucket/a?b.h5", "a?b.h5"] {
      #expect(RemotePath.concealing(path) == path)
    }
  }

  @Test(
    "is split at the first colon after the host into a URL and a member of the file",
    arguments: [
      ("https://host:80/a.h5:x/y:z", "https://host:80/a.h5", "x/y:z"), ("s3://bucket/a.h5", "s3://bucket/a.h5", nil),
      ("https://host:80", "https://host:80", nil), ("https://host/a%3Ab.npy", "https://host/a%3Ab.npy", nil),
    ] as [(String, String, String?)])
  func split(location: String, url: String, member: String?) {
    let split = RemotePath.split(location)
    #expect(split.url == url && split.member == member)
  }

  @Test("leads to the bucket and the key of S3") func s3() throws {
    let object = try RemoteObject("s3://bucket/folder/a b?.h5")
    #expect(object.s3 == RemoteObject.S3(bucket: "bucket", key: "folder/a b?.h5"))
    #expect(try RemoteObject("https://host/a b.h5?x=1#part").url == "https://host/a%20b.h5?x=1")
  }

  @Test(
    "that names no object is refused",
    arguments: [
      "https://host", "https://host/", "https:///a", "s3://bucket", "s3://bucket/", "https://host/a\nb", "a.h5",
    ])
  func noObject(path: String) {
    _ = expectError(
      FileError.self, mentioning: [], sourceLocation: #_sourceLocation, { try RemoteObject(path) },
      where: { $0.code == .notFound })
  }

  @Test("with a password is refused, and the password is not shown") func password() {
    let error = expectError(
      FileError.self, mentioning: ["https://host/a.h5", "leave it out"], sourceLocation: #_sourceLocation,
      { try RemoteObject("https://me:secret@host/a.h5") }, where: { $0.code == .notFound })
    #expect(error?.description.contains("secret") == false)
  }

  @Test("that is a URL cannot be written to") func output() {
    _ = expectError(
      FileError.self, mentioning: ["s3://bucket/a.h5", "name a local file"], sourceLocation: #_sourceLocation,
      { try AtomicFile.write(to: "s3://bucket/a.h5") { _ in } }, where: { $0.code == .cannotCreate })
  }
}
