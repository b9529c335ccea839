import Messages
import Testing

@Suite("Messages")
struct MessagesTests {
  @Test(
    "give numbers with a fixed number of decimals, and numbers with too many digits in full",
    arguments: [
      (98.6111, 1, "98.6"), (0, 1, "0.0"), (-0.04, 1, "0.0"), (0.05, 1, "0.1"), (1.999, 2, "2.00"), (12.5, 0, "13"),
      (-3.25, 1, "-3.3"), (1e18, 1, "1e+18"), (.infinity, 1, "inf"), (.nan, 2, "nan"), (1e-10, 25, "1e-10"),
    ] as [(Double, Int, String)])
  func decimals(_ number: Double, _ decimals: Int, _ text: String) { #expect(decimal(number, decimals) == text) }

  @Test(
    "use the singular or plural that fits the count",
    arguments: [
      (0, "tensor", "0 tensors"), (1, "tensor", "1 tensor"), (1437, "observation", "1,437 observations"),
      (1, "batch", "1 batch"), (2, "minibatch", "2 minibatches"), (2, "axis", "2 axes"), (1, "axis", "1 axis"),
      (2, "time step", "2 time steps"), (3, "set of parameters", "3 sets of parameters"), (2, "entry", "2 entries"),
      (2, "key", "2 keys"), (-1, "tensor", "-1 tensors"), (Int.min, "byte", "-9,223,372,036,854,775,808 bytes"),
      (1000, "class", "1,000 classes"), (999, "prefix", "999 prefixes"),
    ])
  func counts(_ number: Int, _ noun: String, _ text: String) { #expect(counted(number, noun) == text) }

  @Test("count a part with the noun of the whole")
  func parts() {
    #expect(counted(8192, of: 400_000, "example") == "8,192 of 400,000 examples")
    #expect(counted(0, of: 1, "tensor") == "0 of 1 tensor")
  }

  @Test(
    "list items as a sentence does",
    arguments: [
      ([], "", ""), (["a"], "a", "a"), (["a", "b"], "a and b", "a or b"), (["a", "b", "c"], "a, b and c", "a, b or c"),
      (["a", "b", "c", "d", "e"], "a, b, c and 2 more", "a, b, c or 2 more"),
    ])
  func lists(_ items: [String], _ all: String, _ any: String) {
    #expect(listed(items, limit: 3) == all)
    #expect(listed(items, limit: 3, conjunction: "or") == any)
  }

  @Test(
    "list successive numbers as ranges",
    arguments: [
      ([], ""), ([3], "3"), ([0, 1], "0–1"), ([0, 1, 2, 7], "0–2, 7"), ([1, 3, 5], "1, 3 and 1 more"),
      ([1, 3, 5, 6, 9], "1, 3 and 3 more"),
    ])
  func ranges(_ numbers: [Int], _ text: String) { #expect(listedRanges(numbers, limit: 2) == text) }

  @Test(
    "suggest the names with the fewest typing mistakes",
    arguments: [
      ("inpsect", ["inspect"]), ("Merge", ["merge"]), ("avrage", ["average"]), ("average-stat", ["average-stats"]),
      ("stas", ["stats"]), ("estimate", []), ("xyz", []), ("", []), ("stat", ["stats"]), ("stats", ["stats"]),
      ("spect", ["inspect"]), ("ru", ["run"]), ("e", []),
    ])
  func similar(_ name: String, _ names: [String]) {
    let known = ["inspect", "run", "merge", "average", "average-stats", "stats", "collect"]
    #expect(similarNames(to: name, among: known) == names)
  }

  @Test("suggest all equally similar names, and list the existing names if none is similar")
  func sentences() {
    let tensors = (0..<5).map { "/mlp/linear_\($0).W" }
    #expect(
      suggestion(for: "/mlp/linear_7.W", among: tensors, noun: "tensor")
        == "Did you mean /mlp/linear_0.W, /mlp/linear_1.W, /mlp/linear_2.W or 2 more?")
    #expect(suggestion(for: "linear_3", among: tensors, noun: "tensor") == "Did you mean /mlp/linear_3.W?")
    // Mistakes in the end of a path, which stands for the path.
    #expect(similarNames(to: "linaer_2.W", among: tensors) == ["/mlp/linear_2.W"])
    #expect(similarNames(to: "mpl/linear_2.W", among: tensors.map { "/net\($0)" }) == ["/net/mlp/linear_2.W"])
    #expect(suggestion(for: "zzz", among: ["a", "b"], noun: "axis") == "The axes are a and b")
    #expect(suggestion(for: "zzz", among: ["a"], noun: "axis") == "The only axis is a")
    #expect(suggestion(for: "zzz", among: [], noun: "axis") == "There are no axes")
  }
}
