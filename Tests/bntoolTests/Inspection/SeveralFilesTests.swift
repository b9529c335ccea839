import Foundation
import Testing

private let good = ["fixtures/valid/plain.h5", "fixtures/valid/stale.h5"]

@Suite("A command on several files")
struct SeveralFilesTests {
  @Test("reports those that it cannot read, and continues with the others", arguments: ["inspect", "stats", "verify"])
  func goesOn(_ command: String) throws {
    let session = try Session()
    let outcome = try session.run("\(command) \(good[0]) fixtures/none.h5 Package.swift \(good[1])")
    // The first failure decides.
    #expect(outcome.status == 66)
    let errors = outcome.errors.split(separator: "\n")
    #expect(errors.count == 2)
    #expect(errors.first?.hasPrefix("bntool: fixtures/none.h5: there is no such file") == true, "\(errors)")
    #expect(errors.last?.hasPrefix("bntool: Package.swift: has an unknown format") == true, "\(errors)")
    for file in good { #expect(outcome.output.contains(file)) }
  }

  @Test("gives their reports as JSON", arguments: ["inspect", "stats", "verify"])
  func json(_ command: String) throws {
    struct Report: Decodable {
      struct File: Decodable { let file: String }
      let files: [File]
    }
    let session = try Session()
    for (files, expected) in [("\(good[0]) Package.swift \(good[1])", good), ("Package.swift", [])] {
      let outcome = try session.run("\(command) --json \(files)")
      #expect(outcome.status == 65)
      let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
      #expect(report.files.map(\.file) == expected)
    }
  }
}

@Suite("A mistyped name")
struct MistypedNameTests {
  private static let model = "fixtures/digits/late-1.h5"

  @Test(
    "gives an error with similar names, or with the existing names",
    arguments: [
      ("inpsect x.h5", 64, "unknown command \"inpsect\". Did you mean inspect? See bntool --help"),
      ("help averge", 64, "unknown command \"averge\". Did you mean average?"),
      ("estimate x.h5", 64, "unknown command \"estimate\". The commands are inspect, run, check, "),
      ("merge a.h5 --ouput b.h5", 64, "unknown option '--ouput'. Did you mean '--output'?"),
      ("stats --tolerance 1 x.h5", 64, "unknown option '--tolerance'. Did you mean '--stationary-tolerance'?"),
      ("collect --batch 8 x.h5", 64, "unknown option '--batch'. Did you mean '--batch-size' or '--batches'?"),
      ("inspect --value x.h5", 64, "unknown option '--value'. Did you mean '--values'?"),
      (
        "set \(model) /mlp/linear_9.W --value 1 --dry-run", 1,
        "Did you mean /mlp/linear_0.W, /mlp/linear_1.W or /mlp/linear_2.W?"
      ),
      ("set \(model) /parameters/mlp/linear_1/W --value 1 --dry-run", 1, "Did you mean /mlp/linear_1.W?"),
      (
        "rename \(model) /mlp/liner_0 /mlp/first --dry-run", 1,
        "the model has no brick /mlp/liner_0. Did you mean /mlp/linear_0?"
      ),
      ("drop \(model) /mlp/linear_1.w --dry-run", 1, "Did you mean /mlp/linear_1.W?"),
      ("average \(model) --select /mlp/linear_0.V --output x.h5", 1, "Did you mean /mlp/linear_0.W?"),
    ] as [(String, Int32, String)])
  func suggestion(_ command: String, _ status: Int32, _ message: String) throws {
    let outcome = try Session().run(command)
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }
}
