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

  @Test(
    "to a device or to an open file of a process is refused, also if that is a regular file",
    arguments: ["/dev/null", "/dev/stdout", "/dev/fd/FD", "/proc/self/fd/FD", "/dev/new"])
  func device(_ path: String) throws {
    try withTemporaryFolder { folder in
      try write("precious", to: "\(folder)/log")
      let open = try Descriptor(opening: "\(folder)/log", O_WRONLY | O_APPEND)
      let path = path.replacingOccurrences(of: "FD", with: "\(open.number)")
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: path)
      for name in [path, "\(folder)/link"] {
        expectFailure(.cannotCreate, "\(name): cannot be written", "open files of processes") {
          try write("", to: name)
        }
        expectFailure(.cannotCreate, "\(name): cannot be written") { try AtomicFile.check(name) }
      }
      #expect(try text("\(folder)/log") == "precious")
    }
  }

  @Test(
    "to an impossible path has the same error in a check before the work",
    arguments: [
      ("folder", "it exists and is not a regular file"), ("missing/file", "there is no folder FOLDER/missing"),
      ("file/below", "FOLDER/file is not a folder"), ("file/", "FOLDER/file is not a folder"),
      ("file/below/it", "FOLDER/file/below is not a folder"), (String(repeating: "x", count: 256), "too long"),
      (String(repeating: "x/", count: 3000), "too long"), ("circle", "lead in a circle"),
    ])
  func check(_ name: String, _ reason: String) throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: "\(folder)/folder", withIntermediateDirectories: false)
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/circle", withDestinationPath: "circle")
      try write("old", to: "\(folder)/file")
      let reason = reason.replacingOccurrences(of: "FOLDER", with: folder)
      let path = "\(folder)/\(name)"
      let error = expectFailure(.cannotCreate, "\(path): cannot be ", reason) { try AtomicFile.check(path) }
      let later = expectFailure(.cannotCreate) { try write("", to: path) }
      #expect(error?.description == later?.description)
      #expect(try names(folder) == ["circle", "file", "folder"])
    }
  }

  @Test("is possible if a check finds nothing, and the check changes nothing")
  func possible() throws {
    try withTemporaryFolder { folder in
      try write("old", to: "\(folder)/file")
      try AtomicFile.check("\(folder)/file")
      try AtomicFile.check("\(folder)/new")
      #expect(try names(folder) == ["file"])
      #expect(try text("\(folder)/file") == "old")
    }
  }

  @Test("whose body fails to write names the file, not the temporary file")
  func namesFile() throws {
    try withTemporaryFolder { folder in
      func fail(_ temporary: String) throws {
        throw FileError(.inputOutput, "writing failed", path: temporary, reason: SystemError(number: ENOSPC))
      }
      let path = "\(folder)/file"
      let message = "\(path): writing failed: No space left on device"
      expectFailure(.inputOutput, message) { try AtomicFile.write(to: path, fail) }
      expectFailure(.inputOutput, message) { try AtomicFile.withTemporary(beside: path, fail) }
      // A temporary file that is converted is written by another atomic write.
      expectFailure(.inputOutput, message) {
        try AtomicFile.withTemporary(beside: path) { try AtomicFile.write(to: $0, fail) }
      }
      expectFailure(.inputOutput, "other: writing failed") { try AtomicFile.write(to: path) { _ in try fail("other") } }
    }
  }

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
