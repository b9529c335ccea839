import Checkpoints
import Figures
import Messages
import Names

/// A figure that `plot` draws.
enum PlottedFigure: String, CaseIterable {
  case mean, variance, meanMap = "mean-map", deviationMap = "deviation-map", pairs, counts
  case deviations, ratios, scales, parameters, bricks
  case accuracy, meanCheck = "mean-check", deviationCheck = "deviation-check"
  case drift, meanDrift = "mean-drift", deviationDrift = "deviation-drift", changes

  /// The number of files that the figure can be about.
  private var fileCounts: ClosedRange<Int> {
    switch self {
    case .meanMap, .deviationMap, .accuracy: 1...Int.max
    case .bricks: 1...2
    case .changes: 2...2
    case .drift, .meanDrift, .deviationDrift: 2...Int.max
    default: 1...1
    }
  }

  /// Whether the figure shows the model's results on data.
  var needsData: Bool { [.accuracy, .meanCheck, .deviationCheck].contains(self) }

  /// The figure about files, or about one normalization in them.
  ///
  /// - Parameter evaluations: The results on data; nil without data.
  /// - Throws: `UsageError` if the figure is about another number of files, or needs a normalization. `NegativeAnswer` if the files
  ///   do not have the numbers.
  func figure(of model: PicturedModel, brick: String?, _ evaluations: Evaluations?) throws -> Figure {
    guard fileCounts.contains(model.files.count) else {
      let others = PlottedFigure.allCases.filter { $0.fileCounts.contains(model.files.count) }.map(\.rawValue)
      throw UsageError(
        description:
          "--figure \(rawValue): give \(expectedFiles), not \(grouped(model.files.count)), or choose one of the "
          + "figures \(listed(others))")
    }
    switch self {
    case .accuracy, .meanCheck, .deviationCheck: return try onData(model, evaluations)
    case .bricks: return try bricks(of: model)
    case .parameters: return try parameters(of: model.files[0])
    case .deviations: return try histograms(.deviations, of: model.files[0], brick)
    case .ratios: return try histograms(.ratios, of: model.files[0], brick)
    case .scales: return try histograms(.scales, of: model.files[0], brick)
    case .drift: return try drift(.divergence, of: model, brick)
    case .meanDrift: return try drift(.shift, of: model, brick)
    case .deviationDrift: return try drift(.ratio, of: model, brick)
    case .pairs, .counts: return try pairs(of: model.files[0], brick)
    case .changes:
      let path = try path(brick, in: model)
      return try found(ChannelChanges(path, in: model)?.figure, path, "channels that differ between the files")
    case .meanMap, .deviationMap:
      guard model.files.count > 1 else { return try overTime(model, brick) }
      let path = try path(brick, in: model)
      let maps = SeriesFigures(model: model).channelMaps(path)
      return try found(
        maps.isEmpty ? nil : maps[self == .deviationMap ? 0 : 1], path, "statistics in at least three of the files")
    case .mean, .variance: return try overTime(model, brick)
    }
  }

  private var expectedFiles: String {
    switch fileCounts {
    case 1...1: "one file"
    case 1...2: "one or two files"
    case 2...2: "two files"
    default: "several files"
    }
  }

  private func onData(_ model: PicturedModel, _ evaluations: Evaluations?) throws -> Figure {
    guard let evaluations, self != .accuracy || evaluations.all.contains(where: { $0.asSaved != nil }) else {
      throw UsageError(
        description: "--figure \(rawValue): give the data with --data"
          + (self == .accuracy ? ", and their --labels" : ""))
    }
    let labels = evaluations.all.map { own in model.files.first { $0.file == own.file }?.label ?? own.file }
    if self == .accuracy, let figure = evaluations.accuracyFigure(of: labels) { return figure }
    let figures = DriftDots.figures(evaluations.all[0].drifts, bound: ReportWriter.greatestDrift, suffix: labels[0])
    let place = self == .meanCheck ? 0 : 1
    guard figures.indices.contains(place) else {
      throw NegativeAnswer(
        description: "\(model.files[0].file): has no statistics to compare, or the data have fewer than two batches")
    }
    return figures[place]
  }

  private func bricks(of model: PicturedModel) throws -> Figure {
    guard let graph = model.files[0].graph else {
      throw NegativeAnswer(description: "\(model.files[0].file): has no graph of bricks")
    }
    let colors =
      model.files.count == 2
      ? BrickColors(drifts: SeriesFigures(model: model).drifts) : BrickColors(model.files[0])
    let names = listed(model.files.map(\.label), limit: 2)
    let picture = BrickPicture(states: colors.all).pictures(of: graph, title: "Bricks of \(names)")[0]
    return picture.graph.figure(title: picture.title, description: "The graph of bricks.")
  }

  private func parameters(of file: PicturedFile) throws -> Figure {
    let parameters = file.parameters.filter { $0.values.minimum != nil }
    guard !parameters.isEmpty else { throw NegativeAnswer(description: "\(file.file): has no parameters") }
    return ParameterRanges(parameters, suffix: file.label).figure
  }

  private func histograms(_ distribution: Distribution, of file: PicturedFile, _ brick: String?) throws -> Figure {
    let model = PicturedModel(name: "", files: [file])
    let path = try brick.map { try self.path($0, in: model) }
    let bricks = path.map { [$0] } ?? model.bricks.filter { file[$0].flatMap(distribution.values) != nil }
    let figure = distribution.figure(of: bricks, in: file, subject: path?.text ?? file.label)
    guard let figure else {
      throw NegativeAnswer(
        description: "\(path?.text ?? file.file): has no \(distribution.symbol), or it was never estimated")
    }
    return figure
  }

  private func drift(_ quantity: DriftQuantity, of model: PicturedModel, _ brick: String?) throws -> Figure {
    let series = SeriesFigures(model: model)
    guard let brick else {
      let drifts = series.drifts.filter { !$0.distances.isEmpty }
      guard !drifts.isEmpty else {
        throw NegativeAnswer(description: "fewer than two of the files have estimated statistics, so nothing can drift")
      }
      return series.drift(quantity, drifts)
    }
    let path = try path(brick, in: model)
    guard model.files.count > 2 else {
      throw UsageError(
        description: "--figure \(rawValue): for one normalization in two files, choose the figure changes")
    }
    return try found(series.channelDrift(quantity, of: path), path, "σ in at least three of the files")
  }

  private func pairs(of file: PicturedFile, _ brick: String?) throws -> Figure {
    let path = try path(brick, among: file.updates.bricks, of: file.file)
    let figures = try PairFigures(path, in: file.updates)
    return try found(
      self == .pairs ? figures.scatter : figures.counts, path,
      self == .pairs ? "update pairs with means and deviations" : "update pairs for each time step")
  }

  private func overTime(_ model: PicturedModel, _ brick: String?) throws -> Figure {
    let path = try path(brick, in: model)
    let normalization = model.files[0][path].flatMap { $0.isKnown ? $0 : nil }
    guard let normalization, normalization.series.hasTimeSteps else {
      return try found(nil, path, normalization == nil ? "estimated statistics" : "statistics for each time step")
    }
    let figures = NormalizationFigures(normalization: normalization)
    let figure: Figure? =
      switch self {
      case .mean: figures.meanCurves
      case .variance: figures.varianceCurves
      case .meanMap: figures.meanMap
      default: figures.deviationMap
      }
    return try found(figure, path, "σ")
  }

  private func found(_ figure: Figure?, _ path: Name, _ need: String) throws -> Figure {
    guard let figure else {
      throw NegativeAnswer(description: "\(path): has no \(need), which the figure \(rawValue) needs")
    }
    return figure
  }

  private func path(_ text: String?, in model: PicturedModel) throws -> Name {
    try path(text, among: model.bricks, of: model.files[0].file)
  }

  /// The path that the user means. The user can give the whole path, or an ending that only one path has.
  private func path(_ text: String?, among paths: [Name], of file: String) throws -> Name {
    guard let text else {
      throw UsageError(
        description: "name a normalization. \(suggestion(for: "", among: paths.map(\.text), noun: "normalization"))")
    }
    if let path = paths.first(where: { $0 == Name(text) }) { return path }
    let ending = paths.filter { $0.text.hasSuffix("/\(text)") }
    if ending.count == 1 { return ending[0] }
    throw NegativeAnswer(
      description: "\(file): there is no normalization \(text). "
        + suggestion(for: text, among: paths.map(\.text), noun: "normalization"))
  }
}
