import Figures

extension Evaluations {
  /// The accuracies in percent with each kind of statistics that a file has, in the order of the files.
  var accuracies: [(statistics: String, values: [Double?])] {
    [
      (statistics: "statistics of the file", values: all.map(\.asSaved)),
      (statistics: "statistics of its update pairs", values: all.map(\.fromPairs)),
      (statistics: "statistics of these data", values: all.map(\.fromData)),
    ].filter { $0.values.contains { $0 != nil } }
  }

  /// The accuracies as a picture: dots for one file, and lines for several files; nil without labels.
  func accuracyFigure(of files: [String]) -> Figure? {
    let accuracies = self.accuracies.map { statistics, values in
      (statistics, values.map { 100 * ($0 ?? .nan) })
    }
    guard !accuracies.isEmpty else { return nil }
    guard files.count == 1 else {
      return Lines(
        title: "Accuracy of each file", quantity: "accuracy in %", placeNoun: "file", places: files,
        series: accuracies.map { Lines.Series($0, $1) }, includesZero: false
      ).figure()
    }
    return Intervals(
      title: "Accuracy", subject: files[0], quantity: "accuracy in %", legend: "",
      rows: accuracies.map { name, values in
        Intervals.Row(
          name, values[0], inner: (values[0], values[0]), outer: (values[0], values[0]),
          note: Formatting.percent(values[0] / 100))
      }, columns: ["statistics", "accuracy in %", "", "", "", ""]
    ).figure()
  }
}
