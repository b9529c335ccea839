import Foundation
import HDF5
import Testing

@Suite("Files")
struct FileTests {
  @Test("files that are missing, not HDF5, cut or damaged give different errors")
  func opening() throws {
    expectFailure(.notFound) { _ = try File(opening: fixture("no such file")) }
    expectFailure(.notFound) { _ = try File(opening: fixture("numbers") + "/below") }
    expectFailure(.notHDF5) { _ = try File(opening: fixture("not_hdf5")) }
    expectFailure(.notHDF5) { _ = try File(opening: fixture("empty")) }
    expectFailure(.notHDF5) { _ = try File(opening: FileManager.default.temporaryDirectory.path) }
    expectFailure(.notHDF5) { _ = try File(opening: "/dev/zero") }
    let error = expectFailure(.truncated) { _ = try File(opening: fixture("truncated")) }
    #expect(error?.message.hasPrefix("ends after ") == true)
    expectFailure(.truncated) { _ = try File(opening: fixture("truncated_superblock")) }
  }

  @Test("the signature is found at the beginning and after a user block")
  func signature() throws {
    #expect(try File.isHDF5(fixture("numbers")))
    #expect(try File.isHDF5(fixture("damaged")))
    #expect(try File.isHDF5(fixture("truncated_superblock")))
    #expect(try !File.isHDF5(fixture("not_hdf5")))
    #expect(try !File.isHDF5(fixture("empty")))
    expectFailure(.notFound) { _ = try File.isHDF5(fixture("no such file")) }
  }

  @Test("damage is reported with its object, and undamaged objects still read")
  func damage() throws {
    let file = try File(opening: fixture("damaged"))
    #expect(try file.openDataset("whole").read(as: Int.self) == [0, 1, 2])
    expectFailure(.corrupt) { _ = try file.openDataset("values").read(as: Double.self) }
    expectFailure(.corrupt) { _ = try file.openGroup("broken") }
  }

  @Test("creating replaces an existing file only when asked to")
  func creating() throws {
    try withTemporaryFile { path in
      try File(creating: path).close()
      expectFailure(.alreadyExists) { _ = try File(creating: path) }
      try File(creating: path, options: .init(replacesExisting: true)).close()
      #expect(try File(opening: path).links().isEmpty)
    }
    expectFailure(.cannotCreate) { _ = try File(creating: "/no such folder/file.h5") }
  }

  @Test("a file that another program has locked for writing is not read")
  func locked() throws {
    try withTemporaryFile { path in
      try File(creating: path).close()
      let descriptor = open(path, O_RDWR)
      defer { close(descriptor) }
      #expect(flock(descriptor, LOCK_EX) == 0)
      let error = expectFailure(.permissionDenied) { _ = try File(opening: path) }
      #expect(error?.systemErrorNumber == EAGAIN)
    }
  }

  @Test("a file without permission to read says so", .enabled(if: geteuid() != 0, "everything is permitted to root"))
  func forbidden() throws {
    try withTemporaryFile { path in
      try File(creating: path).close()
      chmod(path, 0)
      expectFailure(.permissionDenied) { _ = try File(opening: path) }
      expectFailure(.permissionDenied) { _ = try File.isHDF5(path) }
    }
  }

  @Test("errors name the file, the object and the reason, and have the library's error stack")
  func messages() throws {
    let path = fixture("damaged")
    let file = try File(opening: path)
    let error = expectFailure(.corrupt) { _ = try file.openDataset("values").read(as: Double.self) }
    #expect(error?.file == path)
    #expect(error?.objectPath == "/values")
    #expect(error?.description.hasPrefix("\(path): /values: the chunk at [0] does not expand to its size") == true)
    let missing = expectFailure(.noSuchObject) { _ = try file.openDataset("a/b") }
    #expect(missing?.description == "\(path): /a/b: there is no such object")
    try withTemporaryFile { path in
      try File(creating: path).close()
      let existing = expectFailure(.alreadyExists) { _ = try File(creating: path) }
      #expect(existing?.stack.last?.function == "H5Fcreate")
    }
  }

  @Test("objects keep their file open until it is closed")
  func lifetime() throws {
    #expect(try File(opening: fixture("numbers")).openDataset("scalar").readScalar(as: Double.self) == 3.25)
  }

  @Test("an existing file can be changed in place")
  func modifying() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      try file.writeDataset("a", [1, 2, 3])
      try file.close()
      let again = try File(modifying: path)
      try again.openDataset("a").write([7], to: Hyperslab([1..<2]))
      try again.writeDataset("b", [4.5])
      try again.close()
      let read = try File(opening: path)
      #expect(try read.openDataset("a").read(as: Int.self) == [1, 7, 3])
      #expect(try read.openDataset("b").readScalar(as: Double.self) == 4.5)
      expectFailure(.permissionDenied) { try read.openDataset("a").write([1, 2, 3]) }
    }
  }

  @Test("the same contents make the same bytes")
  func determinism() throws {
    func write(_ path: String) throws -> Data {
      let file = try File(creating: path, options: .init(alignmentThreshold: 256, alignment: 4096))
      try file.setAttribute("title", to: "größer")
      for index in 0..<20 { try file.setAttribute("attribute \(index)", to: index) }
      let group = try file.createGroup("a/b")
      try group.setAttribute("texts", to: ["x", "yz"])
      let values = (0..<1001).map { Float($0) }
      try group.writeDataset("contiguous", values)
      try group.writeDataset(
        "chunked", values, dimensions: [7, 143],
        options: DatasetOptions(chunkDimensions: [3, 100], shuffles: true, deflateLevel: 6))
      _ = try group.createDataset(
        "unwritten", datatype: Float.storedDatatype, dimensions: [100], options: DatasetOptions(allocatesEarly: true))
      let partly = try group.createDataset(
        "partly", datatype: Float.storedDatatype, dimensions: [100], options: DatasetOptions(chunkDimensions: [50]))
      try partly.write([1, 2, 3] as [Float], to: Hyperslab([10..<13]))
      let texts = try group.createDataset(
        "texts", datatype: .variableString(characterSet: .utf8), dimensions: [3])
      try texts.writeStrings(["a", "", "ccc"])
      let scale = try file.writeDataset("row", [Float](repeating: 0, count: 7))
      try scale.makeDimensionScale(named: Dataset.netCDFDimensionName(extent: 7))
      try group.openDataset("chunked").attachDimensionScales(["row", nil])
      for index in 0..<100 { try group.createGroup("group \(index)") }
      try file.close()
      return try Data(contentsOf: URL(fileURLWithPath: path))
    }
    let first = try withTemporaryFile(write)
    // Times in a file have a resolution of a second, and memory may be dirty in between.
    Thread.sleep(forTimeInterval: 1.1)
    let second = try withTemporaryFile(write)
    #expect(first == second)
  }

  @Test(
    "a file that can no longer be written reports that when it is closed, and leaves the library usable without printing"
  )
  func fullDisk() async throws {
    let result = try await #require(
      processExitsWith: .exitCode(7), observing: [\.standardErrorContent]
    ) {
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 64 << 10, rlim_max: 64 << 10)
      guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(1) }
      try withTemporaryFile { path in
        let file = try File(creating: path)
        try file.writeDataset("small", [1, 2, 3])
        do {
          let values = (0..<100_000).map { Double($0) }
          let options = DatasetOptions(chunkDimensions: [1000])
          try file.writeDataset("large", values, options: options)
          try file.close()
          exit(2)
        } catch let error as HDF5Error {
          guard error.code == .inputOutput, error.systemErrorNumber == EFBIG else { exit(3) }
        }
      }
      try withTemporaryFile { path in
        let file = try File(creating: path)
        try file.writeDataset("small", [1, 2, 3])
        try file.close()
        guard try File(opening: path).openDataset("small").read(as: Int.self) == [1, 2, 3] else { exit(4) }
      }
      exit(7)
    }
    #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("HDF5") == false)
  }

  @Test("failures print nothing, on any thread")
  func silence() async throws {
    let result = try await #require(processExitsWith: .success, observing: [\.standardErrorContent]) {
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask {
            _ = try? File(opening: fixture("truncated"))
            guard let file = try? File(opening: fixture("links")) else { return }
            _ = try? file.openGroup("type")
            _ = try? file.openDataset("nothing")
          }
        }
      }
    }
    #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("HDF5-DIAG") == false)
  }

  @Test("several threads write and read their own files and share one")
  func threads() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          let shared = try File(opening: fixture("storage"))
          for round in 0..<20 {
            try withTemporaryFile { path in
              let file = try File(creating: path)
              let values = (0..<500).map { $0 * task + round }
              let options = DatasetOptions(chunkDimensions: [100], shuffles: true, deflateLevel: 1)
              try file.writeDataset("values", values, options: options)
              try file.close()
              #expect(try File(opening: path).openDataset("values").read(as: Int.self) == values)
            }
            #expect(try shared.openDataset("chunked").read(as: Int.self) == Array(0..<35))
            _ = try? shared.openDataset("nothing")
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
