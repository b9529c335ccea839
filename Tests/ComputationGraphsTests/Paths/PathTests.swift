import ComputationGraphs
import Testing

@Suite struct PathTests {
  @Test("names may be anything readable", arguments: ["W", "linear_0", "größe", "a b", "0", "~", "#", "日本"])
  func goodNames(_ name: Name) throws {
    try BrickPath.check(component: name)
    let path = try TensorPath(.parameters, brick: "/\(name)", name: name)
    #expect(path.datasetPath == "/parameters/\(name)/\(name)")
    #expect(try TensorPath(datasetPath: path.datasetPath) == path)
  }

  @Test(
    "names that files and paths cannot keep are refused",
    arguments: ["", "a/b", "a.b", "a|b", ".", "a\nb", "\u{0}", "\u{7F}", "\u{85}"])
  func badNames(_ name: Name) {
    expectError(.invalidName) { try BrickPath.check(component: name) }
    expectError(.invalidName) { _ = try TensorPath(.statistics, brick: "/mlp", name: name) }
    guard name != "a/b" else { return }
    expectError(.invalidName) { _ = try TensorPath(.statistics, brick: "/mlp/\(name)", name: "W") }
  }

  @Test("the message names the character") func message() {
    expectError(.invalidName, mentioning: "\"a.b\"", "contains \".\"") { try BrickPath.check(component: "a.b") }
    expectError(.invalidName, mentioning: "a control character") { try BrickPath.check(component: "a\tb") }
    expectError(.invalidName, mentioning: "empty name") { try BrickPath.check(component: "") }
  }

  @Test("a brick path begins with a slash", arguments: ["", "mlp", "mlp/linear_0", "/", "//", "/mlp/"])
  func badPaths(_ path: Name) { expectError(.invalidName) { try BrickPath.check(path) } }

  @Test("a path is within itself and its ancestors, whole names only") func within() {
    #expect(BrickPath.path("/mlp/linear_0", isWithin: "/mlp"))
    #expect(BrickPath.path("/mlp", isWithin: "/mlp"))
    #expect(!BrickPath.path("/mlp", isWithin: "/mlp/linear_0"))
    #expect(!BrickPath.path("/mlp_2", isWithin: "/mlp"))
  }

  @Test("people write a dot, and files use a group") func spellings() throws {
    let path = try TensorPath(.statistics, brick: "/mlp/bn", name: "population_mean")
    #expect(path.description == "/mlp/bn.population_mean")
    #expect(path.datasetPath == "/statistics/mlp/bn/population_mean")
  }

  @Test(
    "other dataset paths are refused",
    arguments: ["", "/parameters", "/parameters/W", "/updates/mlp/W", "parameters/mlp/W", "/parameters//W"])
  func badDatasetPaths(_ path: Name) { expectError(.invalidName) { _ = try TensorPath(datasetPath: path) } }

  @Test("paths are ordered by the bytes of their dataset paths") func order() throws {
    let paths: [Name] = [
      "/parameters/a/W", "/parameters/a0/W", "/parameters/a/b/W", "/statistics/a/W", "/parameters/B/W",
      "/parameters/ä/W",
    ]
    let sorted = try paths.map { try TensorPath(datasetPath: $0) }.sorted().map(\.datasetPath)
    #expect(
      sorted == [
        "/parameters/B/W", "/parameters/a/W", "/parameters/a/b/W", "/parameters/a0/W", "/parameters/ä/W",
        "/statistics/a/W",
      ])
  }
}
