import ComputationGraphs
import JSON
import Tensors
import Testing

@Suite("Constants of a graph") struct GraphConstantTests {
  private func document(_ type: Name, _ constant: String) throws -> JSONValue {
    try JSONValue(
      parsing: """
        {"calls":[],"inputs":[],"nodes":[],"outputs":[{"name":"y","variable":0}],"variables":[{"roles":[],"shape":[],\
        "source":{"constant":\(constant)},"type":"\(type)"}]}
        """)
  }

  @Test(
    "are written as they were read: integers as integers, doubles in the shortest form",
    arguments: [
      ("int64", "-1"), ("int64", "0"), ("int64", "9007199254740992"), ("int64", "-9007199254740992"),
      ("float32", "-1.0"), ("float64", "-0.0"), ("float64", "1e-05"), ("float32", "\"nan\""), ("float64", "\"-inf\""),
    ] as [(Name, String)])
  func roundTrip(_ type: Name, _ constant: String) throws {
    let document = try document(type, constant)
    let text = try document.jsonText()
    #expect(try Graph(json: document).json().jsonText() == text)
  }

  @Test(
    "of int64 are integers from −2⁵³ to 2⁵³",
    arguments: ["1.5", "-1.0", "1e3", "\"nan\"", "\"inf\"", "9007199254740993", "-9007199254740993"])
  func refused(_ constant: String) throws {
    let document = try document("int64", constant)
    expectError(.malformed, mentioning: "variables[0]: source: constant") { _ = try Graph(json: document) }
  }

  @Test("of int64 are checked when they are recorded", arguments: [0.5, .nan, .infinity, 0x1p53 + 2])
  func recorded(_ value: Double) throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.int64, []))
    expectError(.malformed, mentioning: "int64 constant", "not an integer") { _ = try builder.constant(value, .int64) }
    expectError(.malformed, mentioning: "int64 constant") { _ = try x + value }
    #expect(try builder.constant(value, .float64).type == VariableType(.float64, []))
  }

  @Test("can be next to members that a later version adds") func furtherMembers() throws {
    var document = try document("float64", "2.0")
    document["variables"]?[0]?["source"]?["unit"] = .text("metre")
    #expect(try Graph(json: document).variables[0].source == .constant(2))
    document["variables"]?[0]?["source"]?["input"] = .text("x")
    expectError(.malformed, mentioning: "one of input, tensor and constant") { _ = try Graph(json: document) }
  }
}
