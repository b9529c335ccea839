import HDF5
import Testing

@Suite("Attributes")
struct AttributeTests {
  @Test("attributes that h5py wrote can be read, including both kinds of text")
  func fixtures() throws {
    let file = try File(opening: fixture("text"))
    #expect(
      try file.attributeNames() == ["fixed", "fixed_list", "float", "grid", "integers", "list", "variable"])
    #expect(try file.text(inAttribute: "variable") == "größer")
    #expect(try file.text(inAttribute: "fixed") == "abc")
    #expect(try file.texts(inAttribute: "list") == ["x", "yz"])
    #expect(try file.texts(inAttribute: "fixed_list") == ["x", "yz"])
    #expect(try file.numbers(inAttribute: "integers") == [1, -2])
    #expect(try file.number(inAttribute: "float") == 0.1)
    #expect(try file.numbers(inAttribute: "grid", as: Float.self) == [0, 1, 2, 3, 4, 5])
    #expect(try file.numbers(inAttribute: "grid") == [0, 1, 2, 3, 4, 5])
    expectFailure(.typeMismatch) { _ = try file.number(inAttribute: "float", as: Int.self) }
    expectFailure(.typeMismatch) { _ = try file.numbers(inAttribute: "integers", as: UInt8.self) }
    expectFailure(.typeMismatch) { _ = try file.numbers(inAttribute: "integers", as: UInt32.self) }
    let shape = try file.attributeShape("grid")
    #expect(shape.dimensions == [2, 3])
    #expect(shape.datatype == .float(byteCount: 8, byteOrder: .littleEndian, isIEEE: true))
  }

  @Test("groups and datasets have attributes that read back")
  func roundTrip() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      let group = try file.createGroup("group")
      try group.setAttribute("überschrift", to: "")
      try group.setAttribute("list", to: ["é", "abc", ""])
      let dataset = try group.writeDataset("data", [1.0])
      try dataset.setAttribute("number", to: Int8(-3))
      try dataset.setAttribute("numbers", to: [Float16(0.5), 2])
      try dataset.setAttribute("none", to: [Double]())
      try dataset.setAttribute("no text", to: [String]())
      try file.close()

      let again = try File(opening: path)
      let group2 = try again.openGroup("group")
      #expect(try group2.attributeNames() == ["list", "überschrift"])
      #expect(try group2.text(inAttribute: "überschrift") == "")
      #expect(try group2.texts(inAttribute: "list") == ["é", "abc", ""])
      let dataset2 = try group2.openDataset("data")
      #expect(try dataset2.number(inAttribute: "number") == -3)
      #expect(try dataset2.numbers(inAttribute: "numbers", as: Float.self) == [0.5, 2])
      #expect(try dataset2.numbers(inAttribute: "none", as: Double.self) == [])
      #expect(try dataset2.texts(inAttribute: "no text") == [])
    }
  }

  @Test("an attribute that is missing, of another type, or already there gives an error")
  func errors() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      try file.setAttribute("text", to: "a")
      try file.setAttribute("fraction", to: 0.5)
      try file.setAttribute("list", to: [1, 2])
      #expect(try file.hasAttribute("text"))
      #expect(try !file.hasAttribute("other"))
      expectFailure(.noSuchObject) { _ = try file.text(inAttribute: "other") }
      expectFailure(.typeMismatch) { _ = try file.number(inAttribute: "text", as: Int.self) }
      expectFailure(.typeMismatch) { _ = try file.number(inAttribute: "fraction", as: Int.self) }
      expectFailure(.typeMismatch) { _ = try file.text(inAttribute: "fraction") }
      expectFailure(.shapeMismatch) { _ = try file.number(inAttribute: "list", as: Int.self) }
      expectFailure(.alreadyExists) { try file.setAttribute("text", to: "b") }
      expectFailure(.invalidName) { try file.setAttribute("", to: "b") }
      expectFailure(.invalidName) { _ = try file.hasAttribute("a\0") }
      expectFailure(.typeMismatch) { try file.setAttribute("null", to: "a\0b") }
    }
    let file = try File(opening: fixture("text"))
    expectFailure(.permissionDenied) { try file.setAttribute("new", to: 1) }
  }

  @Test("hundreds of attributes on one object read back in order")
  func many() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      let names = (100..<400).map { "attribute \($0)" }
      for name in names.reversed() { try file.setAttribute(name, to: name) }
      try file.close()
      let again = try File(opening: path)
      #expect(try again.attributeNames() == names)
      for name in names { #expect(try again.text(inAttribute: name) == name) }
    }
  }
}
