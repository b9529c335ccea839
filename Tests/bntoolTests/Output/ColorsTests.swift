import Testing

@testable import bntool

@Suite("Colours")
struct ColorsTests {
  @Test(
    "are given only to the marks of a line, such as ✓ and ⚠",
    arguments: [
      ("wrote averaged.h5 (221 KB)", "wrote averaged.h5 (221 KB)"),
      ("a.h5 · model · format 1.0", "<1>a.h5<0> · model · format 1.0"),
      ("├ linear_0  Linear", "<2>├ <0>linear_0  Linear"),
      ("│ │   mean 128  ✓ pooled, ε 1e-4", "<2>│ │   <0>mean 128  <32>✓<0> pooled, ε 1e-4"),
      ("    mean 128  ⚠ stale: by others, ε 1e-4", "    mean 128  <33>⚠ stale: by others<0>, ε 1e-4"),
      ("  ✓ pooled, ⚠ 2 steps never observed", "  <32>✓<0> pooled, <33>⚠ 2 steps never observed<0>"),
      ("  + /mlp/b: tensor", "  <32>+<0> /mlp/b: tensor"), ("  - /mlp/b: tensor", "  <31>-<0> /mlp/b: tensor"),
      ("    ~ 12 minibatches", "    <33>~<0> 12 minibatches"), ("- no difference", "- no difference"),
      ("  -h, --help", "  -h, --help"), ("  error  /mlp: bad", "  <31>error<0>  /mlp: bad"),
      ("  warning  /mlp: odd", "  <33>warning<0>  /mlp: odd"), ("error in a title", "error in a title"), ("", ""),
    ])
  func report(_ line: String, _ colored: String) {
    let expected = colored.replacing(/<(\d+)>/) { "\u{1B}[\($0.1)m" }
    #expect(Colors.report(line) == expected)
    #expect(Colors.report("\(line)\n\n\(line)") == "\(expected)\n\n\(expected)")
  }
}
