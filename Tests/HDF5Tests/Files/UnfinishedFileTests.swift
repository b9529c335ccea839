import HDF5
import Testing

@Suite("Booleans of h5py")
struct BooleanTests {
  @Test("are read as 0 and 1 of any number type, completely and in part")
  func numbers() throws {
    let booleans = try File(opening: fixture("unfinished")).openDataset("booleans")
    #expect(booleans.datatype.isNumeric)
    #expect(try booleans.read(as: Int.self) == [1, 0, 1, 0, 0, 1])
    #expect(try booleans.read(as: UInt8.self) == [1, 0, 1, 0, 0, 1])
    #expect(try booleans.read(as: Float.self, from: Hyperslab([1..<2, 0..<3])) == [0, 0, 1])
  }

  @Test("are read from attributes") func attribute() throws {
    #expect(try File(opening: fixture("unfinished")).numbers(inAttribute: "booleans", as: Double.self) == [1, 0])
  }

  @Test("that are neither 0 nor 1 are an error") func strange() throws {
    let file = try File(opening: fixture("unfinished"))
    expectFailure(.corrupt, "/strange", "neither 0 nor 1") { try file.openDataset("strange").read(as: Int.self) }
  }

  @Test("are not any other enumeration") func colors() throws {
    let colors = try File(opening: fixture("unfinished")).openDataset("colors")
    #expect(!colors.datatype.isNumeric)
    expectFailure(.typeMismatch, "/colors", "enumeration") { try colors.read(as: Int.self) }
  }
}

@Suite("A file that its writer did not finish")
struct UnfinishedFileTests {
  @Test("shows the number of missing chunks of a dataset") func chunks() throws {
    let file = try File(opening: fixture("unfinished"))
    // 7×5 elements in chunks of 4×3 are four chunks. h5py wrote the first two.
    #expect(try file.openDataset("chunked").unwrittenChunkCount == 2)
    #expect(try file.openDataset("booleans").unwrittenChunkCount == 0)
    let storage = try File(opening: fixture("storage"))
    for name in ["contiguous", "chunked", "compact", "fletcher"] {
      #expect(try storage.openDataset(name).unwrittenChunkCount == 0, "\(name)")
    }
    #expect(try storage.openDataset("unwritten").unwrittenChunkCount == 1)
  }

  @Test("or did not close is refused, and the error names the program that repairs it") func leftOpen() {
    expectFailure(.corrupt, "left_open.h5", "was not closed", "h5clear") { _ = try File(opening: fixture("left_open")) }
  }
}
