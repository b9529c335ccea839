import Testing

private let digits = "fixtures/digits"

@Suite("On a terminal")
struct WidthTests {
  static let commands = [
    "stats TMP/pixels.h5", "stats TMP/averaged.h5", "inspect TMP/averaged.h5", "inspect fixtures/edram/reduced.h5",
    "inspect --values TMP/averaged.h5", "diff \(digits)/late-1.h5 \(digits)/late-5.h5",
    "stats \(digits)/late-1.h5 \(digits)/late-5.h5", "verify \(digits)/snapshot-5.h5",
    "check TMP/averaged.h5 \(digits)/test.h5:images", "inspect --values fixtures/foreign/network.pt",
    "stats fixtures/foreign/training.pth",
  ]

  private static func session() throws -> Session {
    let session = try Session()
    #expect(try session.run("average-stats fixtures/digits-over-time/pixels.h5 --output TMP/pixels.h5").status == 0)
    #expect(try session.run("average-stats \(digits)/snapshot-5.h5 --output TMP/averaged.h5").status == 0)
    return session
  }

  @Test("every line fits, and every number is there", arguments: [40, 50, 60, 80, 120, 200])
  func fits(_ columns: Int) throws {
    let session = try WidthTests.session()
    for command in WidthTests.commands {
      let wide = try session.run(command).output
      let narrow = try session.run(command, columns: columns).output
      // A command stays whole, so that it can be copied.
      for line in narrow.split(separator: "\n") where !line.contains("bntool ") {
        #expect(line.count <= columns, "\(command): \(line)")
      }
      if command.hasPrefix("stats"), columns < 120 { continue }
      func numbers(_ text: String) -> [String] {
        text.split { " \n".contains($0) }.map(String.init).filter { Double($0) != nil }.sorted()
      }
      #expect(numbers(narrow) == numbers(wide), "\(command)")
    }
  }

  @Test("statistics over many time steps take 20 lines for each normalization", arguments: [60, 80, 120])
  func steps(_ columns: Int) throws {
    let session = try WidthTests.session()
    let output = try session.run("stats TMP/pixels.h5", columns: columns).output
    let parts = output.components(separatedBy: "\n\n").dropFirst()
    #expect(parts.count == 3)
    for part in parts { #expect(part.split(separator: "\n").count <= 19, "\(part)") }
  }

  @Test("JSON and pipes are the same at every width")
  func unaffected() throws {
    let session = try WidthTests.session()
    let command = "stats --json TMP/averaged.h5"
    #expect(try session.run(command).output == session.run(command, columns: 60).output)
    // Names in a pipe are never shortened.
    let piped = try session.run("check TMP/averaged.h5 \(digits)/test.h5:images").output
    #expect(piped.contains("/mlp/batch_norm_activation_0/batchnormalization"))
    let narrow = try session.run("check TMP/averaged.h5 \(digits)/test.h5:images", columns: 60).output
    let names = narrow.split(separator: "\n").compactMap { line in line.split(separator: " ").first { $0.contains("…") }
    }
    #expect(names.isEmpty || Set(names).count == 3, "\(narrow)")
  }

  @Test("narrow reports agree with the recorded reports")
  func snapshot() throws {
    let session = try WidthTests.session()
    for columns in [60, 80] {
      // The lines of a report may not depend on the length of the path of the temporary folder.
      for command in ["stats TMP/pixels.h5", "inspect \(digits)/snapshot-5.h5"] {
        try session.run(command, columns: columns)
      }
      try session.run("diff \(digits)/late-1.h5 \(digits)/late-5.h5", columns: columns)
      try session.run("verify \(digits)/snapshot-5.h5", columns: columns)
    }
    try session.compare(with: "widths")
  }
}
