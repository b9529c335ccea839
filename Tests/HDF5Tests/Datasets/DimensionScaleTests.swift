import HDF5
import Testing

@Suite("Dimension scales")
struct DimensionScaleTests {
  @Test("scales carry the attributes that netCDF-4 and h5py look for")
  func attributes() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      let scale = try file.writeDataset("row", [Float](repeating: 0, count: 12))
      try scale.makeDimensionScale(named: Dataset.netCDFDimensionName(extent: 12))
      let data = try file.writeDataset("a/data", [Float](repeating: 1, count: 144), dimensions: [12, 12])
      try data.attachDimensionScales(["/row", nil])
      try file.close()

      let again = try File(opening: path)
      let row = try again.openDataset("row")
      #expect(try row.text(inAttribute: "CLASS") == "DIMENSION_SCALE")
      #expect(
        try row.attributeShape("CLASS").datatype
          == .fixedString(byteCount: 16, padding: .nullTerminated, characterSet: .ascii))
      // "%10d" of the extent after the fixed words, as in the netCDF-4 library.
      #expect(
        try row.text(inAttribute: "NAME") == "This is a netCDF dimension but not a netCDF variable.         12")
      let list = try again.openDataset("a/data").attributeShape("DIMENSION_LIST")
      #expect(list.dimensions == [2])
      #expect(list.datatype == .other(byteCount: 16, description: "variable-length sequence"))
    }
  }

  @Test("scales that are missing, too few, or attached twice are errors")
  func errors() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      let data = try file.writeDataset("data", [1, 2, 3])
      let scale = try file.writeDataset("scale", [1, 2, 3])
      try scale.makeDimensionScale(named: "scale")
      expectFailure(.alreadyExists) { try scale.makeDimensionScale(named: "scale") }
      expectFailure(.shapeMismatch) { try data.attachDimensionScales([]) }
      expectFailure(.noSuchObject) { try data.attachDimensionScales(["nothing"]) }
      try data.attachDimensionScales(["scale"])
      expectFailure(.alreadyExists) { try data.attachDimensionScales(["scale"]) }
    }
  }
}
