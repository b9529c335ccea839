import Checkpoints
import ComputationGraphs
import Interchange
import Messages
import Names

/// The content of one file that pages and pictures show: normalizations, parameters, update pairs and provenance.
struct PicturedFile {
  /// The path and the shape of a parameter, and a summary of its values.
  struct Parameter {
    let path: Name
    let shape: [Int]
    let values: ValueSummary
  }

  /// The file as the user named it.
  let file: String
  /// A short name of the file, for axes.
  var label: String
  /// The facts about the file, as pairs of a name and a text.
  let facts: [(name: String, text: String)]
  let graph: Graph?
  let normalizations: [PicturedNormalization]
  let parameters: [Parameter]
  /// The recorded update pairs, and their pooled statistics if the pairs belong to the file's parameters.
  let updates: UpdateSet
  let pooled: [Name: StatisticValues]
  let provenance: [ProvenanceStep]
  /// The path and the shape of each tensor. They are equal for all checkpoints of one model.
  let structure: [String]

  /// Whether some numbers are pooled statistics of the recorded update pairs, because the file has no estimated statistics.
  var showsPairs: Bool { normalizations.contains(where: \.isFromPairs) }

  /// Reads a file of any format that holds a model, update pairs, or tensors.
  ///
  /// - Parameter selector: The normalizations to show; nil for all.
  /// - Throws: The errors of the file's format.
  init(_ path: String, selector: Selector?) throws {
    if let view = try CheckpointView.ofModel(path) {
      self = try withExtendedLifetime(view) {
        try PicturedFile(Checkpoint(opening: view.file), named: path, format: view.format, selector)
      }
    } else {
      self = try PicturedFile(ModelFile.tensors(at: path), selector)
    }
  }

  private init(_ checkpoint: borrowing Checkpoint, named path: String, format: FileFormat?, _ selector: Selector?)
    throws
  {
    file = path
    label = OutputFile.name(of: path)
    let contents = checkpoint.contents
    let isModel = checkpoint.kind == .model
    let graph = isModel ? try checkpoint.graph() : nil
    self.graph = graph
    var parameters: [Parameter] = []
    var gammas: [Name: [Double]] = [:]
    for entry in contents.tensors where entry.path.hasPrefix("/parameters/") && entry.type.inMemory != .int64 {
      let tensor = try checkpoint.read(entry)
      parameters.append(Parameter(path: entry.path, shape: entry.shape, values: ValueSummary(tensor)))
      if entry.refines(.batchNormalizationScale) { gammas[entry.brick] = tensor.doubles }
    }
    self.parameters = parameters
    updates = try checkpoint.updates()
    var normalizations: [PicturedNormalization] = []
    var pooled: [Name: StatisticValues] = [:]
    if isModel {
      let outline = try checkpoint.outline()
      let summary = try StatisticsSummary(checkpoint, stationaryTolerance: 0.1)
      let places = Dictionary(uniqueKeysWithValues: outline.normalizationStatistics.map { ($0.path, $0) })
      if !updates.isEmpty, StatisticAveraging.regime(of: updates, in: outline) == .sameParameters {
        let averaged = try StatisticAveraging().apply(updates, to: outline).model
        for place in averaged.normalizationStatistics { pooled[place.path] = try averaged.populationValues(of: place) }
      }
      for normalization in summary.normalizations {
        guard let place = places[normalization.brick], selector?.matches(brick: normalization.brick) ?? true else {
          continue
        }
        normalizations.append(
          PicturedNormalization(
            normalization, mean: try outline.tensor(place.mean).doubles,
            deviation: try place.standardDeviation.map { try outline.tensor($0).doubles },
            gamma: gammas[normalization.brick], pooled: pooled[normalization.brick]))
      }
    }
    self.normalizations = normalizations
    self.pooled = pooled
    provenance = try checkpoint.provenance()
    structure = contents.tensors.filter { !$0.path.hasPrefix("/updates/") }.map { "\($0.path) \($0.shape)" }
    let count = parameters.reduce(0) { $0 + Formatting.elementCount($1.shape) }
    var facts = [(name: "kind", text: isModel ? "model" : "update pairs")]
    if isModel { facts.append(("parameters", "\(grouped(count)) in \(counted(parameters.count, "tensor"))")) }
    facts.append(("format", format.map(\.title) ?? "checkpoint \(checkpoint.formatVersion)"))
    if format == nil, let producer = checkpoint.producer { facts.append(("written by", producer)) }
    facts.append(
      ("content digest", format == nil ? checkpoint.contentDigest.description : "only checkpoints have one"))
    if let digest = contents.parametersDigest { facts.append(("parameters digest", digest.description)) }
    self.facts = facts
  }

  /// Reads the batch normalizations of a file of named tensors.
  private init(_ tensors: TensorFile, _ selector: Selector?) throws {
    file = tensors.path
    label = OutputFile.name(of: tensors.path)
    graph = nil
    (updates, pooled, provenance) = (UpdateSet(), [:], [])
    facts = [("kind", "named tensors"), ("format", tensors.format.title), ("tensors", grouped(tensors.entries.count))]
    normalizations = try tensors.normalizations.filter { selector?.matches(brick: "/\($0.name)") ?? true }.map {
      try PicturedNormalization($0, in: tensors)
    }
    let statistics = Set(tensors.normalizations.flatMap { [$0.mean.name, $0.variance.name] })
    parameters = try tensors.entries.filter { !statistics.contains($0.name) && $0.type.inMemory != .int64 }.map {
      Parameter(path: $0.name, shape: $0.shape.dimensions, values: ValueSummary(try tensors.tensor($0.name)))
    }
    structure = tensors.entries.map { "\($0.name) \($0.shape)" }
  }

  /// The normalization of a brick.
  subscript(brick: Name) -> PicturedNormalization? { normalizations.first { $0.brick == brick } }
}
