import ComputationGraphs
import Foundation
import Tensors
import Testing

@Suite struct SelectorTests {
  private func path(
    _ brick: Name, _ name: Name, _ collection: TensorPath.Collection = .parameters
  ) throws -> TensorPath {
    try TensorPath(collection, brick: brick, name: name)
  }

  @Test("within one name, patterns match like Python's fnmatch") func namesAsInPython() throws {
    struct Expected: Decodable {
      let names: [Name]
      let found: [Name: String]
    }
    let file = Repository.fixture("patterns.json", of: "ComputationGraphsTests")
    let expected = try JSONDecoder().decode(Expected.self, from: bytes(file))
    let paths = try expected.names.map { try path("/x", $0) }
    #expect(expected.found.count > 500)
    for (pattern, found) in expected.found {
      let selector = try Selector("/x.\(pattern)")
      #expect(paths.map { selector.matches($0) ? "1" : "0" }.joined() == found, "\(pattern)")
    }
  }

  @Test(
    "a pattern selects tensors by the names of their path",
    arguments: [
      ("/mlp/linear_0.W", ["/mlp/linear_0.W"]),
      ("/mlp/linear_?.W", ["/mlp/linear_0.W", "/mlp/linear_1.W"]),
      ("/mlp/*.W", ["/mlp/linear_0.W", "/mlp/linear_1.W"]),
      ("/*/linear_0.*", ["/mlp/linear_0.W", "/mlp/linear_0.b"]),
      ("/mlp/**.W", ["/mlp.W", "/mlp/linear_0.W", "/mlp/linear_1.W", "/mlp/a/mlp/linear_0.W"]),
      ("/**/linear_0.W", ["/mlp/linear_0.W", "/mlp/a/mlp/linear_0.W"]),
      ("/**/a/**.W", ["/mlp/a/mlp/linear_0.W"]),
      ("*.b", ["/mlp/linear_0.b"]),
      ("mlp/linear_0.W", ["/mlp/linear_0.W", "/mlp/a/mlp/linear_0.W"]),
      ("norm.population_*", ["/mlp/a/norm.population_mean", "/mlp/a/norm.population_stdev"]),
      ("norm", ["/mlp/a/norm.population_mean", "/mlp/a/norm.population_stdev"]),
      ("/mlp/linear_[01]", ["/mlp/linear_0.W", "/mlp/linear_0.b", "/mlp/linear_1.W"]),
      ("/mlp/a/norm/**", ["/mlp/a/norm.population_mean", "/mlp/a/norm.population_stdev"]),
      ("/parameters/mlp/linear_0/W", ["/mlp/linear_0.W"]),
      ("/parameters/mlp/**/W", ["/mlp.W", "/mlp/linear_0.W", "/mlp/linear_1.W", "/mlp/a/mlp/linear_0.W"]),
      ("/parameters/mlp/linear_0/**", ["/mlp/linear_0.W", "/mlp/linear_0.b"]),
      ("/statistics/**", ["/mlp/a/norm.population_mean", "/mlp/a/norm.population_stdev"]),
      ("/persistent/**", []), ("/statistics/mlp/linear_0/W", []),
      ("linear", []), ("/linear_0.W", []), ("/mlp/LINEAR_0.W", []), ("W", []), ("/mlp/linear_0.W?", []),
    ] as [(Name, [String])])
  func tensors(_ pattern: Name, _ expected: [String]) throws {
    let paths = try [
      path("/mlp", "W"), path("/mlp/linear_0", "W"), path("/mlp/linear_0", "b"), path("/mlp/linear_1", "W"),
      path("/mlp/a/mlp/linear_0", "W"), path("/mlp/a/norm", "population_mean", .statistics),
      path("/mlp/a/norm", "population_stdev", .statistics),
    ]
    let selector = try Selector(pattern)
    #expect(paths.filter(selector.matches).map(\.description) == expected)
    #expect("\(selector)" == pattern)
  }

  @Test("a text that looks like the spelling in files may also be a brick's name with a point")
  func brickNamedParameters() throws {
    let selected = try Selector("/parameters/mlp.W")
    #expect(selected.matches(try path("/parameters/mlp", "W")))
    #expect(!selected.matches(try path("/mlp", "W")))
    #expect(try Selector("/parameters").matches(brick: "/parameters"))
  }

  @Test("names of any script are matched by characters") func characters() throws {
    #expect(try Selector("gr??e.W").matches(path("/größe", "W")))
    #expect(try Selector("日?.[あ-ん]").matches(path("/日本", "う")))
    #expect(!(try Selector("日??.*").matches(path("/日本", "う"))))
  }

  @Test(
    "the error for a bad pattern says what is wrong",
    arguments: [
      ("", "empty name"), ("/", "empty name"), ("//a.W", "empty name"), ("/a/.W", "empty name"), ("a.", "empty name"),
      ("/a/", "empty name"), ("a.b.W", "a second dot"), ("a|b", "|"), ("a\nb.W", "control character"),
      ("a**.W", "/mlp/**/linear_0.W"), ("***", "**"), ("a.**", "use * for any"), ("[a.W", "without a ]"),
      ("a[].W", "without a ]"), ("[!]", "without a ]"), ("[a/b].W", "without a ]"), ("[z-a].W", "z-a"),
      ("/parameters/W", "/parameters/**"), ("/parameters//W", "empty name"), ("a/b.c/d", "a second dot"),
    ])
  func refused(_ pattern: Name, _ problem: String) {
    expectError(.invalidSelector, mentioning: problem, "the pattern \"") { _ = try Selector(pattern) }
  }

  @Test("many wildcards cost at most the length of the pattern times the length of the path") func complexity() throws {
    let name = String(repeating: "a", count: 400)
    let stars = String(repeating: "a*", count: 60)
    let selector = try Selector("/\(String(repeating: "**/\(stars)b/", count: 3))**.\(stars)b")
    #expect(!selector.matches(try path("/\(name)/\(name)/\(name)/\(name)", "\(name)c")))
    #expect(try Selector("/**/\(stars).\(stars)").matches(try path("/\(name)/\(name)", "\(name)")))
  }

  @Test("a graph's saved tensors and variables are selected by path") func graphs() throws {
    let graph = try SampleNetwork().graph
    func paths(_ pattern: Name) throws -> [String] {
      try graph.savedTensors(matching: Selector(pattern)).map(\.path.description)
    }
    #expect(try paths("*.population_*") == ["/net/norm.population_mean", "/net/norm.population_stdev"])
    #expect(try paths("/net") == ["/net.W", "/net/norm.population_mean", "/net/norm.population_stdev"])
    #expect(try paths("/net/norm.W").isEmpty)
    let named = try Selector("/net.*")
    #expect(graph.variables { $0.matches(named) }.map(\.name) == ["W", "product"])
    let files = try Selector("/parameters/**")
    #expect(graph.variables { $0.matches(files) }.map(\.name) == ["W"])
    let norm = try Selector("norm")
    #expect(graph.variables { $0.matches(norm) }.map(\.index) == [2, 3, 5, 6, 7, 8])
  }

  @Test("two tensors with the same spelling are an error") func duplicates() throws {
    let builder = GraphBuilder()
    let type = VariableType(.float64, [2])
    let weights = try builder.tensor(path("/net", "W"), type: type, roles: [.weight])
    let other = try builder.tensor(path("/net", "W", .persistent), type: type, roles: [.persistent])
    let graph = try builder.finish(outputs: ["y": weights + other])
    expectError(.duplicate, mentioning: "/net: two tensors are /net.W", "/persistent/net/W") {
      _ = try graph.savedTensors(matching: Selector("*.W"))
    }
    #expect(try graph.savedTensors(matching: Selector("/parameters/**")).count == 1)
  }

  @Test("a model's bricks are selected by path") func bricks() throws {
    let inner = BrickNode(type: "Inner", name: "inner", children: [BrickNode(type: "Leaf", name: "leaf")])
    let model = try Model(
      bricks: [BrickNode(type: "Net", name: "net", children: [inner, BrickNode(type: "Leaf", name: "leaf")])],
      graph: GraphBuilder().finish(outputs: [:]), tensors: [:], descriptions: [:], origins: [:])
    func paths(_ pattern: Name) throws -> [Name] { try model.bricks(matching: Selector(pattern)).map(\.path) }
    #expect(try paths("leaf") == ["/net/inner/leaf", "/net/leaf"])
    #expect(try paths("/net/*") == ["/net/inner", "/net/leaf"])
    #expect(try paths("/**") == ["/net", "/net/inner", "/net/inner/leaf", "/net/leaf"])
    #expect(try paths("leaf.W").isEmpty)
  }
}
