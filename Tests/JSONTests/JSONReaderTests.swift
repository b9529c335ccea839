import JSON
import Testing

@Suite("A reader of JSON text") struct JSONReaderTests {
  /// The sum of a list of integers under the key "n".
  private func sum(_ text: String) throws -> Int {
    try JSONReader.read(text) { json in
      var sum: Int?
      try json.members { key, json in
        switch key {
        case "n": sum = try json.integers().reduce(0, +)
        default: _ = try json.value()
        }
      }
      guard let sum else { throw JSONError("there is no n") }
      return sum
    }
  }

  @Test(
    "takes members in any order, with white space and escaped keys, and skips unknown ones",
    arguments: [
      (#"{"n":[1,2,39]}"#, 42), (#" { "z" : { "n" : [] } , "n" : [ 7 , -7 ] , "a" : null } "#, 0),
      (#"{"\u006e":[5]}"#, 5),
      (#"{"n":[]}"#, 0),
    ])
  func members(_ text: String, _ expected: Int) throws { #expect(try sum(text) == expected) }

  @Test("accepts 512 levels of objects and lists, as the tree does")
  func levels() throws {
    func text(_ levels: Int) -> String {
      "{\"deep\":\(String(repeating: "[", count: levels - 1))\(String(repeating: "]", count: levels - 1)),\"n\":[1]}"
    }
    #expect(try sum(text(512)) == 1)
    let error = #expect(throws: JSONError.self) { try sum(text(513)) }
    #expect(error?.message.contains("more than 512 levels deep") ?? false)
  }

  @Test(
    "names the place of a wrong value",
    arguments: [
      (#"{"n":[1,"x"]}"#, "n[1]: a value is text, not an integer"),
      (#"{"n":{}}"#, "n: a value is an object, not a list"),
      (#"[1]"#, "a value is a list, not an object"), (#"{"n":null}"#, "there is no n"), (#"{}"#, "there is no n"),
      (#"{"n":[1.5]}"#, "n[0]: a value is a number, not an integer"),
    ])
  func places(_ text: String, _ message: String) {
    let error = #expect(throws: JSONError.self) { try sum(text) }
    #expect(error?.message == message)
  }

  @Test(
    "refuses what the tree refuses, also after a wrong value",
    arguments: [
      (#"{"n":["x"],}"#, "a key is missing"), (#"{"n":[1]} 2"#, "text follows the value"),
      (#"{"n":[1],"n":[2]}"#, #"the key "n" occurs twice"#),
      (#"{"z":1,"b":2,"z":3,"n":[1]}"#, #"the key "z" occurs twice"#),
      (#"{"n":[1],"\u006e":[2]}"#, #"the key "n" occurs twice"#), (#"{"n" [1]}"#, "\":\" is missing"),
      (#"{"n":[1"#, "a list is not closed"), (#"{"n":[1]"#, "an object is not closed"),
      (#"{"n":nul}"#, "an unknown word"),
    ])
  func refusals(_ text: String, _ problem: String) {
    let error = #expect(throws: JSONError.self) { try sum(text) }
    #expect(error?.message.hasPrefix("is not valid JSON: ") ?? false, "\(error.map(\.message) ?? "")")
    #expect(error?.message.contains(problem) ?? false, "\(error.map(\.message) ?? "")")
  }
}

@Suite("Canonical JSON text") struct JSONTextTests {
  @Test("is written piece by piece")
  func pieces() throws {
    var text = JSONText()
    try text.object { (text) throws(JSONError) in
      text.key("a")
      text.add("quote \" and\nline")
      text.key("b")
      try text.list([1.0, 0.1, 1e300]) { (number, text) throws(JSONError) in try text.add(number) }
      text.key("c")
      try text.object { (text) throws(JSONError) in
        text.key("d")
        text.addNull()
        text.key("e")
        try text.add([Int]())
        text.key("f")
        try text.add([-1, 0, 23])
      }
      text.key("g")
      try text.add(["é", ""] as [Name])
      text.key("h")
      text.add(true)
    }
    let expected =
      #"{"a":"quote \" and\nline","b":[1.0,0.1,1e+300],"c":{"d":null,"e":[],"f":[-1,0,23]},"g":["é",""],"h":true}"#
    #expect(text.text == expected)
    #expect(try JSONValue(parsing: text.text).jsonText() == expected)
  }

  @Test("has no numbers that are not finite")
  func finite() {
    var text = JSONText()
    #expect(throws: JSONError.self) { try text.add(Double.nan) }
  }
}
