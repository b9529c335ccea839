import Foundation
import Testing

private let late = "fixtures/digits/late"

@Suite("A page of pictures")
struct PageTests {
  private struct Statistics: Decodable {
    struct File: Decodable { let normalizations: [Normalization] }
    struct Normalization: Decodable {
      let brick: String
      let series: Series
    }
    struct Series: Decodable { let steps: [Step] }
    struct Step: Decodable {
      let mean: Range
      let standardDeviation: Range

      private enum CodingKeys: String, CodingKey {
        case mean
        case standardDeviation = "standard_deviation"
      }
    }
    struct Range: Decodable, Equatable {
      let minimum: Double
      let maximum: Double
    }
    let files: [File]
  }

  private struct Summary: Decodable {
    struct Finding: Decodable {
      let severity: String
      let text: String
      let commands: [String]
    }
    let files: [String]
    let models: Int
    let figures: Int
    let findings: [Finding]
  }

  /// The rows of numbers that the link of a figure saves, in single precision like the model.
  private static func numbers(of title: String, in page: String) throws -> [[Float]] {
    let figure = try #require(
      page.components(separatedBy: "<figure ").first { $0.contains("data-name=\"\(title)\"") }, "no figure \(title)")
    let address = try #require(figure.components(separatedBy: "href=\"data:text/csv;charset=utf-8;base64,").last)
    let data = try #require(Data(base64Encoded: String(address.prefix { $0 != "\"" })))
    return String(decoding: data, as: UTF8.self).split(separator: "\r\n").dropFirst().map { line in
      line.split(separator: ",").dropFirst().compactMap { Float($0) }
    }
  }

  @Test("saves the numbers that stats prints, exactly")
  func numbers() throws {
    let session = try Session()
    #expect(try session.run("average-stats fixtures/digits-over-time/rows.h5 --output TMP/rows.h5").status == 0)
    #expect(try session.run("report TMP/rows.h5 --output TMP/rows.html").status == 0)
    let page = String(decoding: try session.contents("TMP/rows.html"), as: UTF8.self)
    let json = try session.run("stats --json TMP/rows.h5").output
    let statistics = try JSONDecoder().decode(Statistics.self, from: Data(json.utf8))
    #expect(statistics.files[0].normalizations.count == 3)
    for normalization in statistics.files[0].normalizations {
      for (title, range) in [("mean", \Statistics.Step.mean), ("standard deviation", \.standardDeviation)] {
        let rows = try PageTests.numbers(of: "\(normalization.brick): \(title) of each channel", in: page)
        for (index, step) in normalization.series.steps.enumerated() {
          let values = rows.map { $0[index] }
          #expect(values.min() == Float(step[keyPath: range].minimum), "\(normalization.brick), step \(index)")
          #expect(values.max() == Float(step[keyPath: range].maximum), "\(normalization.brick), step \(index)")
        }
      }
    }
  }

  @Test("names the file whose statistics are wrong, and the first file with dead channels")
  func findings() throws {
    let session = try Session()
    let brick = "/mlp/batch_norm_activation"
    for number in 1...5 { #expect(try session.shell("cp \(late)-\(number).h5 TMP/epoch-\(number).h5").status == 0) }
    // Deviations of 9 fit no neighbour. The ε of the model is 1e-4, so deviations of 0.01 are those of dead channels.
    let wrong = try session.run(
      "set \(late)-3.h5 \(brick)_1/batchnormalization.population_stdev --value 9 --observations 1437 --output TMP/epoch-3.h5"
    )
    #expect(wrong.status == 0)
    for number in [4, 5] {
      let dead = try session.run(
        "set \(late)-\(number).h5 \(brick)_2/batchnormalization.population_stdev --value 0.01 --observations 1437 --output TMP/epoch-\(number).h5"
      )
      #expect(dead.status == 0)
    }
    let files = (1...5).map { "TMP/epoch-\($0).h5" }.joined(separator: " ")
    let outcome = try session.run("report \(files) fixtures/edram/reduced.h5 --json --output TMP/page.html")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let summary = try JSONDecoder().decode(Summary.self, from: Data(outcome.output.utf8))
    #expect(summary.models == 2)
    let texts = summary.findings.map(\.text)
    #expect(
      texts.contains { $0.hasPrefix("epoch-3: its statistics do not fit the checkpoints before and after") }, "\(texts)"
    )
    #expect(
      texts.contains { $0.hasPrefix("\(brick)_2/batchnormalization: channels 0–9 are dead from epoch-4 on.") },
      "\(texts)")
    #expect(!texts.contains { $0.hasPrefix("epoch-2") }, "\(texts)")
  }

  @Test(
    "does not call the statistics of a file's own update pairs wrong because the model changed much since the file before"
  )
  func pairsOfSeries() throws {
    let session = try Session()
    let files = (1...5).map { "fixtures/digits/snapshot-\($0).h5" }.joined(separator: " ")
    let outcome = try session.run("report \(files) --json --output TMP/page.html")
    let summary = try JSONDecoder().decode(Summary.self, from: Data(outcome.output.utf8))
    #expect(summary.findings.count == 1 && summary.findings[0].text.contains("were never estimated"))
  }

  @Test("is the same each time, needs no other file, and escapes the names in files")
  func selfContained() throws {
    let session = try Session()
    for name in ["a", "b"] {
      let outcome = try session.run("report fixtures/valid/unicode-names.h5 \(late)-1.h5 --output TMP/\(name).html")
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let page = String(decoding: try session.contents("TMP/a.html"), as: UTF8.self)
    #expect(try session.contents("TMP/a.html") == session.contents("TMP/b.html"))
    #expect(!page.contains("http://") && !page.contains("https://") && !page.contains(" src="))
    #expect(page.contains("default-src 'none'"))
  }

  /// Each text of the first kind of element inside the figure with a title.
  private static func texts(of title: String, in page: String, between start: String, and end: String) -> [String] {
    let figure = page.components(separatedBy: "<figure ").first { $0.contains("data-name=\"\(title)\"") } ?? ""
    return figure.components(separatedBy: start).dropFirst().compactMap { $0.components(separatedBy: end).first }
  }

  /// The page without the places where a long name may continue on the next line.
  private func shown(_ page: String) -> String { page.replacing("<wbr>", with: "") }

  @Test("gives both files of a comparison the same axes and colours, and names what differs")
  func comparison() throws {
    let session = try Session()
    let brick = "/classifier/batchnormalizedlstm/normalized_state"
    #expect(try session.run("average-stats fixtures/digits-over-time/rows.h5 --output TMP/a.h5").status == 0)
    // Every channel of the second file has the deviation 7, which is not in the range of the first one.
    #expect(
      try session.run("set TMP/a.h5 \(brick).population_stdev --value 7 --observations 9 --output TMP/b.h5").status == 0
    )
    #expect(try session.run("report --compare TMP/b.h5 TMP/a.h5 --output TMP/page.html").status == 0)
    let page = String(decoding: try session.contents("TMP/page.html"), as: UTF8.self)
    #expect(page.contains("<title>b and a compared</title>"))
    for name in [
      "population mean", "population variance", "mean of each channel", "standard deviation of each channel",
    ] {
      let labels = ["a", "b"].map { file in
        PageTests.texts(of: "\(brick), \(file): \(name)", in: page, between: "<text ", and: "</text>")
      }
      #expect(labels[0].count > 8 && labels[0] == labels[1], "\(name)")
    }
    let bars = ["a", "b"].map {
      PageTests.texts(of: "\($0): σ over channels", in: page, between: "<text ", and: "</text>")
    }
    #expect(bars[0].count > 5 && bars[0] == bars[1])
    #expect(page.contains("Both files have the same parameters."))
    // log(0.00316 / 7) of the first step, from stats of the first file: σ = sqrt(ε) = sqrt(1e-5).
    #expect(shown(page).contains("\(brick) differs by up to |Δμ|/σ 0, log σ-ratio -7.70 in channel"))
  }

  @Test("compares files of different models, and files with and without statistics")
  func different() throws {
    let session = try Session()
    #expect(
      try session.run("report --compare \(late)-1.h5 fixtures/edram/reduced.h5 --output TMP/page.html").status == 0)
    let page = String(decoding: try session.contents("TMP/page.html"), as: UTF8.self)
    #expect(shown(page).contains("Only in late-1.h5: /parameters/mlp/"))
    #expect(
      try session.run("report --compare fixtures/digits/snapshot-5.h5 \(late)-1.h5 --output TMP/page.html").status == 0)
    let other = String(decoding: try session.contents("TMP/page.html"), as: UTF8.self)
    #expect(
      other.contains("data-name=\"snapshot-5: σ over channels\"")
        && other.contains("data-name=\"late-1: σ over channels\""))
    #expect(other.contains("The statistics of snapshot-5 are pooled from its recorded update pairs."))
  }

  @Test("and pictures say which files show the statistics of their update pairs")
  func pairs() throws {
    let session = try Session()
    let files = "\(late)-1.h5 fixtures/digits/snapshot-5.h5 \(late)-2.h5"
    #expect(try session.run("report \(files) --output TMP/page.html").status == 0)
    let page = shown(String(decoding: try session.contents("TMP/page.html"), as: UTF8.self))
    #expect(page.contains("snapshot-5 has no estimated statistics."))
    #expect(!page.contains("late-1 has no estimated statistics."))
    let errors = try session.run("plot \(files) --figure drift --output TMP/p.svg").errors
    #expect(errors.contains("snapshot-5.h5: has no estimated statistics; the picture shows the pooled statistics"))
    #expect(!errors.contains("late-1"))
  }

  @Test("puts checkpoints in the order of their numbers")
  func order() throws {
    let session = try Session()
    for name in ["-1", "-2", "-10", ""] {
      #expect(try session.shell("cp \(late)-1.h5 TMP/epoch\(name).h5").status == 0)
    }
    let outcome = try session.run(
      "report TMP/epoch-1.h5 TMP/epoch-10.h5 TMP/epoch-2.h5 TMP/epoch.h5 --json --output TMP/page.html")
    let summary = try JSONDecoder().decode(Summary.self, from: Data(outcome.output.utf8))
    #expect(summary.files.map { $0.suffix(5) } == ["-1.h5", "-2.h5", "10.h5", "ch.h5"])
  }

  @Test(
    "refuses wrong options, and goes on after a file that it cannot read",
    arguments: [
      ("report \(late)-1.h5 --compare --output TMP/p.html", 64, "--compare: give two files, not 1"),
      ("report \(late)-1.h5 --labels x.npy --output TMP/p.html", 64, "--labels: also give the data"),
      ("report \(late)-1.h5 --select /nothing --output TMP/p.html", 1, "--select /nothing: no normalization matches"),
      ("report \(late)-1.h5 none.h5 --output TMP/p.html", 66, "none.h5: there is no such file"),
      ("report none.h5 --output TMP/p.html", 66, "none.h5: there is no such file"),
      ("report \(late)-1.h5 --output TMP/no/p.html", 73, "create it first"),
      ("report \(late)-1.h5 --output \(late)-1.h5", 64, "which would be lost"),
    ] as [(String, Int32, String)])
  func refused(_ command: String, _ status: Int32, _ message: String) throws {
    let session = try Session()
    let outcome = try session.run(command)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(
      outcome.errors.contains(message.replacingOccurrences(of: "\"", with: "")) || outcome.errors.contains(message),
      "\(outcome.errors)")
  }
}
