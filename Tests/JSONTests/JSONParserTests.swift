import JSON
import Testing

@Suite("JSON text") struct JSONParserTests {
  private func expectRefusal(_ text: String, _ problem: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let error = #expect(throws: JSONError.self, sourceLocation: sourceLocation) { try JSONValue(parsing: text) }
    #expect(error?.message.contains(problem) ?? false, "\(error.map(\.message) ?? "")", sourceLocation: sourceLocation)
  }

  private func nested(_ levels: Int, around value: String = "", isObject: Bool) -> String {
    let (open, close) = isObject ? ("{\"k\":", "}") : ("[", "]")
    let innermost = isObject && value.isEmpty ? "{}" : isObject ? "{\"k\":\(value)}" : "[\(value)]"
    return String(repeating: open, count: levels - 1) + innermost + String(repeating: close, count: levels - 1)
  }

  @Test("has up to 512 levels of objects and lists; a scalar does not count as a level", arguments: [false, true])
  func levels(isObject: Bool) throws {
    for value in ["", "1", "\"x\"", "null"] {
      _ = try JSONValue(parsing: nested(512, around: value, isObject: isObject))
      expectRefusal(nested(513, around: value, isObject: isObject), "more than 512 levels deep")
    }
    _ = try JSONValue(parsing: "[" + nested(511, isObject: isObject) + "," + nested(511, isObject: isObject) + "]")
    expectRefusal(nested(1_000_000, isObject: isObject), "more than 512 levels deep")
  }

  @Test(
    "has integers without fraction and exponent, within 64 bits",
    arguments: [
      ("0", 0), ("-1", -1), ("9223372036854775807", .max), ("-9223372036854775808", .min),
      ("9007199254740993", 9_007_199_254_740_993),
    ] as [(String, Int)])
  func integers(_ text: String, _ value: Int) throws {
    #expect(try JSONValue(parsing: text) == .integer(value))
    #expect(try JSONValue(parsing: text).integer() == value)
    #expect(try JSONValue(parsing: text).jsonText() == text)
  }

  @Test(
    "has other numbers as doubles, which are not integers",
    arguments: [
      ("5.0", 5), ("5e0", 5), ("-0.0", -0.0), ("9223372036854775808", 0x1p63), ("1e-400", 0),
      ("1.7976931348623157e308", .greatestFiniteMagnitude),
    ] as [(String, Double)])
  func reals(_ text: String, _ value: Double) throws {
    let json = try JSONValue(parsing: text)
    #expect(json == .real(value))
    #expect(try json.number().bitPattern == value.bitPattern)
    let error = #expect(throws: JSONError.self) { try json.integer() }
    #expect(error?.message == "a value is a number, not an integer")
  }

  @Test(
    "that breaks a rule is refused",
    arguments: [
      ("1e400", "the number 1e400 is too large"), ("-1e309", "too large"), ("01", "malformed"),
      ("-", "malformed"), (".5", "malformed"), ("1.", "ends at its decimal point"), ("1e", "ends at its exponent"),
      ("NaN", "malformed"), ("Infinity", "malformed"), ("nul", "unknown word"), ("", "missing"),
      (#""\ud800""#, "half of a surrogate pair"), (#""\udc00""#, "half of a surrogate pair"),
      (#""\ud800\ud800""#, "half of a surrogate pair"), (#""\ud83d\u0041""#, "half of a surrogate pair"),
      (#""\u00g0""#, "four hexadecimal digits"), (#""\x""#, "unknown escape"), ("\"a\nb\"", "control character"),
      ("\"a", "not closed"), ("[1", "list is not closed"), ("[1,]", "malformed"), ("{\"a\" 1}", "\":\" is missing"),
      ("{1:2}", "a key is missing"), ("{} {}", "text follows"),
      (#"{"a":1,"\u0061":2}"#, #"the key "a" occurs twice in one object"#),
    ])
  func refused(_ text: String, _ problem: String) { expectRefusal(text, problem) }

  @Test("may escape any character, also beyond the basic plane")
  func escapes() throws {
    let text = #""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#
    #expect(try JSONValue(parsing: text).text() == "\"\\/\u{8}\u{C}\n\r\t\u{E9}\u{1F600}")
  }

  @Test("is written with sorted keys and without white space, and keeps its values")
  func canonical() throws {
    let text = #" { "b" : [ 1 , 2.50, 1e2, true, null ] , "a\u0000" : { } , "B" : "\u001f" } "#
    let canonical = #"{"B":"\u001f","a\u0000":{},"b":[1,2.5,100.0,true,null]}"#
    #expect(try JSONValue(parsing: text).jsonText() == canonical)
    #expect(try JSONValue(parsing: canonical) == JSONValue(parsing: text))
    #expect(throws: JSONError.self) { try JSONValue.real(.nan).jsonText() }
  }

  @Test("has equal values if the canonical texts are equal")
  func equality() {
    #expect(JSONValue.integer(1) != .real(1))
    #expect(JSONValue.real(0) != .real(-0.0))
    #expect(JSONValue.object(["a": .list([.null])]) == .object(["a": .list([.null])]))
    #expect(
      Set([JSONValue.integer(0), .real(0), .real(-0.0), .null, .boolean(false), .text(""), .list([])]).count == 7)
  }

  @Test("A member that may be null must exist") func nullable() throws {
    let json = try JSONValue(parsing: #"{"a": null, "b": 3}"#)
    #expect(try json.nullableMember("a") { try $0.integer() } == nil)
    #expect(try json.nullableMember("b") { try $0.integer() } == 3)
    #expect(throws: JSONError.self) { try json.nullableMember("c") { try $0.integer() } }
    #expect(try json.optionalMember("c") { try $0.integer() } == nil)
  }
}
