import Foundation
import Testing

@testable import Platform

@Suite("An atomic write")
struct AtomicFileTests {
  private struct Failure: Error {}

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  private func write(_ text: String, to path: String) throws {
    try AtomicFile.write(to: path) { try text.write(toFile: $0, atomically: false, encoding: .utf8) }
  }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test("makes a file, replaces it, and leaves nothing else")
  func replaces() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/file"
      try write("old", to: path)
      try write("new", to: path)
      #expect(try text(path) == "new")
      #expect(try names(folder) == ["file"])
    }
  }

  @Test("keeps the permissions of the file that it replaces")
  func permissions() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/file"
      try write("secret", to: path)
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
      try write("secret too", to: path)
      let permissions = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(permissions == 0o640)
    }
  }

  @Test("whose body fails leaves the old file and no other")
  func bodyFails() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/file"
      try write("old", to: path)
      #expect(throws: Failure.self) {
        try AtomicFile.write(to: path) {
          try "half".write(toFile: $0, atomically: false, encoding: .utf8)
          throw Failure()
        }
      }
      #expect(try text(path) == "old")
      #expect(try names(folder) == ["file"])
    }
  }

  @Test("follows symbolic links, also if the target does not exist yet")
  func links() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: "\(folder)/data", withIntermediateDirectories: false)
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "data/file")
      try write("first", to: "\(folder)/link")
      #expect(try text("\(folder)/data/file") == "first")
      try write("second", to: "\(folder)/link")
      #expect(try text("\(folder)/data/file") == "second")
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/link") == "data/file")
      #expect(try names("\(folder)/data") == ["file"])
    }
  }

  @Test("through links in a circle is refused")
  func circle() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/a", withDestinationPath: "b")
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/b", withDestinationPath: "a")
      expectFailure(.cannotCreate, "circle") { try write("", to: "\(folder)/a") }
      #expect(try names(folder) == ["a", "b"])
    }
  }

  @Test(
    "to an impossible path is refused, and the body never runs",
    arguments: ["folder", "missing/file", "file/below", "", "nul\0in it", "folder/"])
  func impossible(_ name: String) throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: "\(folder)/folder", withIntermediateDirectories: false)
      try write("old", to: "\(folder)/file")
      expectFailure(.cannotCreate) {
        try AtomicFile.write(to: name.isEmpty ? "" : "\(folder)/\(name)") { _ in Issue.record("the body ran") }
      }
      #expect(try names(folder) == ["file", "folder"])
      #expect(try text("\(folder)/file") == "old")
    }
  }

  @Test("to a device is refused")
  func device() { expectFailure(.cannotCreate, "/dev/null", "not a regular file") { try write("", to: "/dev/null") } }

  @Test(
    "into a folder that may not be written is refused", .enabled(if: geteuid() != 0, "the superuser may write anywhere")
  )
  func unwritable() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder)
      defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder) }
      expectFailure(.cannotCreate, "ermission denied") { try write("", to: "\(folder)/file") }
    }
  }

  @Test("takes names as long as the file system allows")
  func longName() throws {
    try withTemporaryFolder { folder in
      let name = String(repeating: "ä", count: 127)
      try write("text", to: "\(folder)/\(name)")
      #expect(try names(folder).count == 1)
      expectFailure(.cannotCreate, "too long") { try write("text", to: "\(folder)/\(name)\(name)") }
      #expect(try names(folder).count == 1)
    }
  }

  @Test("to a relative path works in the current folder")
  func relative() throws {
    let name = "atomic-file-test-\(UInt64.random(in: 0 ... .max))"
    try write("text", to: name)
    defer { unlink(name) }
    #expect(try text("./\(name)") == "text")
  }
}
