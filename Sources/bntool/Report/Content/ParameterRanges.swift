import Figures

/// The ranges of parameters as a picture.
struct ParameterRanges {
  private let parameters: [PicturedFile.Parameter]
  private let suffix: String
  private let extent: [PicturedFile.Parameter]

  /// The ranges of some parameters.
  ///
  /// - Parameters:
  ///   - suffix: The thing that the figure is about; empty if the page is about one file.
  ///   - extent: Other parameters, for example of another file. The axis also covers their values.
  init(_ parameters: [PicturedFile.Parameter], suffix: String = "", extent: [PicturedFile.Parameter] = []) {
    (self.parameters, self.suffix, self.extent) = (parameters, suffix, extent)
  }

  /// The picture, with a row for each parameter.
  var figure: Figure {
    Intervals(
      title: "Values of parameters", subject: suffix, quantity: "value",
      legend: "dot: mean, thick line: ± standard deviation, thin line: range",
      rows: parameters.map { parameter in
        let path = parameter.path.text
        return Intervals.Row(
          path.hasPrefix("/parameters/") ? String(path.dropFirst(11)) : path, parameter.values.mean ?? 0,
          inner: parameter.middle, outer: parameter.ends, ink: parameter.values.notFiniteCount > 0 ? .bad : .series(0))
      }, extent: extent.flatMap { [$0.ends.0, $0.ends.1, $0.middle.0, $0.middle.1] },
      columns: ["parameter", "mean", "mean − deviation", "mean + deviation", "least", "greatest"]
    ).figure()
  }
}

extension PicturedFile.Parameter {
  /// The mean ± the standard deviation.
  fileprivate var middle: (Double, Double) {
    let (mean, deviation) = (values.mean ?? 0, values.standardDeviation ?? 0)
    return (mean - deviation, mean + deviation)
  }

  /// The least and the greatest value.
  fileprivate var ends: (Double, Double) { (values.minimum ?? 0, values.maximum ?? 0) }
}
