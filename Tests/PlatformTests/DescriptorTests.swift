import Foundation
import Platform
import Testing

@Suite("A descriptor")
struct DescriptorTests {
  @Test("writes and reads at offsets, and stops reading at the end of the file") func offsets() throws {
    try withTemporaryFolder { folder in
      let file = try Descriptor(opening: "\(folder)/file", O_RDWR | O_CREAT)
      try file.write([1, 2, 3])
      try [9, 8].withUnsafeBytes { try file.write(UnsafeRawBufferPointer(rebasing: $0[..<1]), at: 5) }
      var bytes = [UInt8](repeating: 0xFF, count: 8)
      #expect(try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 1) } == 5)
      #expect(bytes == [2, 3, 0, 0, 9, 0xFF, 0xFF, 0xFF])
    }
  }

  @Test("tells the reason when a disk is full or a file is not open for writing") func reasons() throws {
    let full = try Descriptor(opening: "/dev/full", O_WRONLY)
    #expect(throws: SystemError(number: ENOSPC)) { try full.write([1]) }
    let readOnly = try Descriptor(opening: "/dev/null", O_RDONLY)
    #expect(throws: SystemError(number: EBADF)) { try readOnly.write([1]) }
  }

  @Test("closes once, and its duplicate stays open") func closing() throws {
    let first = try Descriptor(opening: "/dev/null", O_WRONLY)
    let second = try Descriptor(duplicating: first.number)
    try first.close()
    try first.close()
    #expect(!Descriptor.isOpen(first.number))
    try second.write([1])
  }

  @Test("is not inherited by programs that this process starts") func inheritance() throws {
    let first = try Descriptor(opening: "/dev/null", O_WRONLY)
    let second = try Descriptor(duplicating: first.number)
    for descriptor in [first, second] { #expect(fcntl(descriptor.number, F_GETFD) & FD_CLOEXEC != 0) }
  }
}

@Suite("The identity of a file")
struct FileIdentityTests {
  @Test("is the same by every path and link, and another for a copy") func identity() throws {
    try withTemporaryFolder { folder in
      try Data("text".utf8).write(to: URL(fileURLWithPath: "\(folder)/file"))
      try Data("text".utf8).write(to: URL(fileURLWithPath: "\(folder)/copy"))
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/symbolic", withDestinationPath: "file")
      link("\(folder)/file", "\(folder)/hard")
      let identity = try #require(FileIdentity(of: "\(folder)/file"))
      for path in ["symbolic", "hard", "./file", "../\(folder.split(separator: "/").last!)/file"] {
        #expect(FileIdentity(of: "\(folder)/\(path)") == identity, "\(path)")
      }
      #expect(FileIdentity(of: "\(folder)/copy") != identity)
      #expect(FileIdentity(of: "\(folder)/missing") == nil)
      #expect(try FileStatus(of: "\(folder)/file").byteCount == 4)
    }
  }
}

@Suite("A call of the system")
struct SystemCallTests {
  @Test("is repeated as long as signals interrupt it") func interruptions() throws {
    var results: [(Int, Int32)] = [(-1, EINTR), (-1, EINTR), (7, 0)]
    func call() -> Int {
      let (result, number) = results.removeFirst()
      errno = number
      return result
    }
    #expect(try systemCall(call) == 7)
    results = [(-1, EINTR), (-1, EIO), (7, 0)]
    #expect(throws: SystemError(number: EIO)) { try systemCall(call) }
    #expect(results.count == 1)
  }
}
