import Testing

@testable import bntool

@Suite("Paths that differ only in numbers")
struct NumberedPathsTests {
  @Test(
    "become one path with a list or range of the numbers",
    arguments: [
      ([], []), (["/mlp/W"], ["/mlp/W"]),
      (["/mlp/linear_0.W", "/mlp/linear_1.W", "/mlp/linear_2.W"], ["/mlp/linear_{0..2}.W"]),
      (["/mlp/linear_0.W", "/mlp/linear_0.b", "/mlp/linear_1.W"], ["/mlp/linear_{0..1}.W", "/mlp/linear_0.b"]),
      (["/a_9", "/a_10", "/a_12"], ["/a_{9,10,12}"]), (["/a_2", "/a_1"], ["/a_{1..2}"]),
      (["/a_0/b_0", "/a_0/b_1", "/a_1/b_0", "/a_1/b_1"], ["/a_{0..1}/b_{0..1}"]),
      // Some combinations of numbers are missing, so the paths stay apart.
      (["/a_0/b_0", "/a_1/b_1"], ["/a_0/b_0", "/a_1/b_1"]),
      // Only numbers without leading zeros that fit into an integer are combined.
      (["/a_01", "/a_1"], ["/a_01", "/a_1"]), (["/a_99999999999999999999"], ["/a_99999999999999999999"]),
      (["/größe_1", "/größe_2"], ["/größe_{1..2}"]),
    ] as [([String], [String])])
  func collapsed(_ paths: [String], _ expected: [String]) {
    let groups = NumberedPaths.collapsed(paths, path: { $0 }, key: { _ in 0 })
    #expect(groups.map(\.path) == expected)
    #expect(groups.flatMap(\.items).sorted() == paths.sorted())
  }

  @Test("stay apart if the reports about them differ")
  func keys() {
    let items = [("/a_0", "x"), ("/a_1", "y"), ("/a_2", "x")]
    let groups = NumberedPaths.collapsed(items, path: \.0, key: \.1)
    #expect(groups.map(\.path) == ["/a_{0,2}", "/a_1"])
  }
}
