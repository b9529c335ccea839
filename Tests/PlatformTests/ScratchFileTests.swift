import Foundation
import Testing

@testable import Platform

@Suite("A scratch file")
struct ScratchFileTests {
  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  /// A file as a killed process leaves it: with the name of a scratch file, and without a lock.
  private func abandon(in folder: String) throws -> String {
    let path = try ScratchFile(in: folder, permissions: 0o600).path
    try Data("half".utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test("is removed with its last reference")
  func removed() throws {
    try withTemporaryFolder { folder in
      var file: ScratchFile? = try ScratchFile(in: folder, permissions: 0o600)
      #expect(try names(folder).count == 1 && ScratchFile.isScratch(file!.path))
      file = nil
      #expect(try names(folder) == [])
    }
  }

  @Test("that a killed process left is removed by the next atomic write and the next temporary file")
  func abandoned() throws {
    try withTemporaryFolder { folder in
      for write in [
        { try AtomicFile.write(to: "\(folder)/file") { try WritableFile.write([[1]], to: $0) } },
        { try AtomicFile.withTemporary(beside: "\(folder)/file") { _ in } },
      ] {
        let path = try abandon(in: folder)
        #expect(FileManager.default.fileExists(atPath: path))
        try write()
        #expect(try names(folder) == ["file"])
      }
    }
  }

  @Test("of a living process stays, and so do files of other names and kinds")
  func living() throws {
    try withTemporaryFolder { folder in
      let file = try ScratchFile(in: folder, permissions: 0o600)
      let others = [".swift-bricks-1.tmp.h5", "swift-bricks-1.tmp", ".swift-bricks-1"]
      for name in others { try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
      try FileManager.default.createDirectory(
        atPath: "\(folder)/.swift-bricks-2.tmp", withIntermediateDirectories: false)
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/.swift-bricks-3.tmp", withDestinationPath: "swift-bricks-1.tmp")
      mkfifo("\(folder)/.swift-bricks-4.tmp", 0o600)
      let before = try names(folder)
      _ = try ScratchFile(in: folder, permissions: 0o600)
      #expect(try names(folder) == before)
      #expect(FileManager.default.fileExists(atPath: file.path))
    }
  }

  @Test("keeps its content and its final name when the next file is created")
  func renamed() throws {
    try withTemporaryFolder { folder in
      let file = try ScratchFile(in: folder, permissions: 0o600)
      try file.rename(to: "\(folder)/final")
      _ = try ScratchFile(in: folder, permissions: 0o600)
      #expect(try names(folder) == ["final"])
    }
  }

  @Test("replaces a secret file without ever being readable for others")
  func permissions() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/secret"
      try Data("old".utf8).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
      try AtomicFile.write(to: path) { temporary in
        #expect(try FileStatus(of: temporary).permissions == 0o600)
        try WritableFile.write([[1]], to: temporary)
      }
      #expect(try FileStatus(of: path).permissions == 0o640)
    }
  }
}

@Suite("A checked write")
struct CheckedWriteTests {
  @Test("fails if other bytes are read back")
  func lost() throws {
    let device = try Descriptor(opening: "/dev/zero", O_RDWR)
    try [UInt8](repeating: 0, count: 300_000).withUnsafeBytes { try device.writeChecked($0, at: 0) }
    #expect(throws: SystemError(number: EIO)) {
      try ([0, 0, 1] as [UInt8]).withUnsafeBytes { try device.writeChecked($0, at: 0) }
    }
  }
}
