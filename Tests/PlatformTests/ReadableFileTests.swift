import Foundation
import Platform
import Testing

@Suite("A readable file")
struct ReadableFileTests {
  @Test("is read completely as text") func text() throws {
    try withTemporaryFolder { folder in
      for text in ["", "ε = 1e-4\n", "{\"a\": [1, 2]}"] {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/text.json"))
        #expect(try ReadableFile.text(of: "\(folder)/text.json") == text)
      }
    }
  }

  @Test("is text only if it is UTF-8 and of a reasonable size") func refusedText() throws {
    try withTemporaryFolder { folder in
      try Data([0x22, 0xFF, 0x22]).write(to: URL(fileURLWithPath: "\(folder)/bytes"))
      expectFailure(.malformed, "not UTF-8") { _ = try ReadableFile.text(of: "\(folder)/bytes") }
      try Data(repeating: 0x20, count: 1 << 26 + 1).write(to: URL(fileURLWithPath: "\(folder)/large"))
      expectFailure(.malformed, "has 67108865 bytes, but the limit is 67108864") {
        _ = try ReadableFile.text(of: "\(folder)/large")
      }
    }
  }

  @Test("gives the bytes of a range, and no byte beyond its end") func ranges() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/file"
      try Data(0..<100).write(to: URL(fileURLWithPath: path))
      let file = try ReadableFile(opening: path)
      #expect(file.byteCount == 100)
      #expect(try file.read(at: 97, count: 3) == [97, 98, 99])
      #expect(try file.read(at: 100, count: 0) == [])
      for (offset, count) in [(98, 3), (101, 0), (-1, 2), (0, -1), (1, Int.max)] {
        expectFailure(.malformed, "ends early") { _ = try file.read(at: offset, count: count) }
      }
      try FileManager.default.removeItem(atPath: path)
      #expect(try file.read(at: 0, count: 2) == [0, 1])
    }
  }

  @Test("that is cut short after it was opened gives an error that says so") func cutShort() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/file"
      try Data(0..<100).write(to: URL(fileURLWithPath: path))
      let file = try ReadableFile(opening: path)
      truncate(path, 50)
      expectFailure(.inputOutput, "cut short") { _ = try file.read(at: 0, count: 100) }
    }
  }

  @Test("is a regular file, not a folder, device or pipe, and opening does not wait") func irregular() throws {
    try withTemporaryFolder { folder in
      mkfifo("\(folder)/pipe", 0o600)
      for path in [folder, "/dev/null", "\(folder)/pipe"] {
        expectFailure(.notReadable, path, "not a regular file") { _ = try ReadableFile(opening: path) }
      }
    }
  }

  @Test("that does not exist is reported with its path", arguments: ["missing", "file/below", "nul\0in it"])
  func missing(_ name: String) throws {
    try withTemporaryFolder { folder in
      try Data().write(to: URL(fileURLWithPath: "\(folder)/file"))
      expectFailure(.notFound, folder) { _ = try ReadableFile(opening: "\(folder)/\(name)") }
    }
  }

  @Test(
    "without permission is reported with the reason and what to do",
    .enabled(if: geteuid() != 0, "the superuser may read anything"))
  func unreadable() throws {
    try withTemporaryFolder { folder in
      try Data().write(to: URL(fileURLWithPath: "\(folder)/file"))
      chmod("\(folder)/file", 0)
      expectFailure(.notReadable, "Permission denied; check the permissions") {
        _ = try ReadableFile(opening: "\(folder)/file")
      }
    }
  }
}
