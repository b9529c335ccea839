import Foundation
import Testing

private let late = "fixtures/digits/late"
private let series = (1...5).map { "\(late)-\($0).h5" }.joined(separator: " ")
private let test = "--data fixtures/digits/test.h5:images --labels fixtures/digits/test.h5:labels"
private let brick = "batch_norm_activation_0/batchnormalization"

@Suite("A figure of plot")
struct PlotTests {
  @Test(
    "is an SVG, PDF or PNG file about one file or several files",
    arguments: [
      ("rows.h5 normalized_state", "normalized_state: Population variance"),
      ("rows.h5 normalized_state --figure mean", "normalized_state: Population mean"),
      ("rows.h5 normalized_state --figure mean-map", "normalized_state: Mean of each channel"),
      ("rows.h5 normalized_state --figure deviation-map", "normalized_state: Standard deviation of each channel"),
      ("rows.h5 normalized_state --figure pairs", "normalized_state: Minibatches around the pooled statistics"),
      ("rows.h5 normalized_state --figure counts", "normalized_state: Observations of each minibatch and step"),
      ("\(late)-1.h5 \(brick)", "\(brick): σ over channels"),
      ("\(late)-1.h5 --figure ratios", "late-1.h5: μ/σ over channels"),
      ("\(late)-1.h5 --figure scales", "late-1.h5: γ over channels"),
      ("\(late)-1.h5 --figure parameters", "late-1.h5: Values of parameters"),
      ("\(late)-1.h5 --figure bricks", "Bricks of late-1.h5"),
      ("\(late)-1.h5 \(late)-2.h5 --figure bricks", "Bricks of late-1 and late-2"),
      ("\(late)-1.h5 \(late)-2.h5", "Divergence"),
      ("\(late)-1.h5 \(late)-2.h5 \(brick)", "\(brick): Change of each channel"),
      ("\(series)", "Divergence between checkpoints"),
      ("\(series) --figure accuracy \(test)", "Accuracy of each file"),
      ("\(late)-1.h5 --figure mean-check \(test)", "Means: data against stored statistics, late-1.h5"),
      ("\(late)-1.h5 --figure deviation-check \(test)", "Deviations: data against stored statistics, late-1.h5"),
      ("\(series) \(brick) --figure mean-drift", "\(brick): Shift of means of each channel"),
      ("\(series) \(brick) --figure mean-map", "\(brick): Mean of each channel against its median"),
      ("\(series) \(brick) --figure deviation-map", "\(brick): σ of each channel against its median"),
    ] as [(String, String)])
  func drawn(_ arguments: String, _ title: String) throws {
    let session = try Session()
    let arguments = arguments.replacingOccurrences(of: "rows.h5", with: "fixtures/digits-over-time/rows.h5")
    for (ending, start) in [("svg", "<svg "), ("pdf", "%PDF"), ("png", "\u{FFFD}PNG")] {
      let outcome = try session.run("plot \(arguments) --output TMP/p.\(ending)")
      if ending != "svg", outcome.status == 73 {
        #expect(outcome.errors.contains("apt-get install libcairo2"))
        continue
      }
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.split(separator: "\n").first?.hasSuffix(title) == true, "\(outcome.output)")
      let bytes = try session.contents("TMP/p.\(ending)")
      #expect(String(decoding: bytes, as: UTF8.self).hasPrefix(start))
      #expect(bytes.count > 2000)
    }
  }

  // 78.6 % and 98.6 % are the accuracies of the model in PyTorch; see fixtures/digits/reference.json.
  @Test("shows the accuracy before and after the statistics are estimated")
  func accuracy() throws {
    let session = try Session()
    let command = "plot fixtures/digits/snapshot-5.h5 --figure accuracy \(test) --output TMP/p.svg"
    #expect(try session.run(command).status == 0)
    let picture = String(decoding: try session.contents("TMP/p.svg"), as: UTF8.self)
    #expect(picture.contains(">78.6 %</text>") && picture.contains(">98.6 %</text>"))
  }

  // The channels are those of a calculation with NumPy from the arrays of the files.
  @Test(
    "names the worst channel of each normalization, or the worst channels of one",
    arguments: [
      ("--figure drift", ["worst: channel 101", "worst: channel 122", "worst: channel 9"]),
      ("--figure mean-drift", ["worst: channel 101", "worst: channel 1", "worst: channel 5"]),
      ("--figure deviation-drift", ["worst: channel 91", "worst: channel 64", "worst: channel 5"]),
      (
        "\(brick) --figure drift",
        ["channel 101", "channel 115", "channel 85", "channel 46", "channel 94"]
      ),
      (
        "\(brick) --figure deviation-drift",
        ["channel 91", "channel 42", "channel 101", "channel 125", "channel 16"]
      ),
    ] as [(String, [String])])
  func worst(_ arguments: String, _ names: [String]) throws {
    let session = try Session()
    #expect(try session.run("plot \(series) \(arguments) --output TMP/p.svg").status == 0)
    let picture = String(decoding: try session.contents("TMP/p.svg"), as: UTF8.self)
    let texts = picture.components(separatedBy: "</text>").compactMap { $0.components(separatedBy: ">").last }
    for name in names { #expect(texts.contains(name), "\(name) in \(texts)") }
  }

  @Test(
    "needs the right files, a normalization, and numbers",
    arguments: [
      ("\(late)-1.h5 --output TMP/p.svg", 64, "name a normalization"),
      ("\(late)-1.h5 batch_norm --output TMP/p.svg", 1, "there is no normalization batch_norm"),
      ("\(late)-1.h5 /mlp/x --figure varianze --output TMP/p.svg", 64, "Did you mean \"variance\"?"),
      (
        "\(late)-1.h5 --figure nosuch --output TMP/p.svg", 64,
        "deviation-check, drift, mean-drift, deviation-drift and changes"
      ),
      ("\(late)-1.h5 x --output TMP/p.jpg", 64, "must end with .svg, .pdf or .png"),
      ("\(late)-1.h5 \(brick) --figure mean --output TMP/p.svg", 1, "has no statistics for each time step"),
      ("\(late)-1.h5 --figure drift --output TMP/p.svg", 64, "--figure drift: give several files, not 1"),
      ("\(series) --figure changes --output TMP/p.svg", 64, "--figure changes: give two files, not 5"),
      ("\(late)-1.h5 \(late)-2.h5 \(brick) --figure drift --output TMP/p.svg", 64, "choose the figure changes"),
      ("\(late)-1.h5 \(late)-2.h5 \(brick) --figure mean-map --output TMP/p.svg", 1, "in at least three of the files"),
      ("\(late)-1.h5 fixtures/edram/reduced.h5 --output TMP/p.svg", 1, "are of different models"),
      ("\(late)-1.h5 --figure accuracy --output TMP/p.svg", 64, "give the data with --data, and their --labels"),
      ("\(late)-1.h5 \(brick) --output TMP/p.svg \(test)", 64, "--data: only the figures accuracy, mean-check and"),
      ("\(late)-1.h5 none.h5 --output TMP/p.svg", 66, "none.h5: there is no such file"),
    ] as [(String, Int32, String)])
  func refused(_ arguments: String, _ status: Int32, _ message: String) throws {
    let session = try Session()
    let outcome = try session.run("plot \(arguments)")
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(
      outcome.errors.contains(message) || outcome.errors.contains(message.replacingOccurrences(of: "\"", with: "")),
      "\(outcome.errors)")
  }
}
