import ComputationGraphs
import HDF5
import PopulationStatistics

/// The content of a checkpoint in memory: a model, update pairs, or both, with their provenance.
public struct CheckpointPayload: Sendable {
  /// The model; nil for a file of update pairs.
  public var model: Model?
  /// The recorded update pairs.
  public var updates: UpdateSet
  /// The steps that made the content, the latest step last.
  public var provenance: [ProvenanceStep]
  /// The documents of the file that the payload was read from.
  var original = OriginalDocuments()

  /// Creates a payload with its model, update pairs and provenance.
  public init(model: Model?, updates: UpdateSet = UpdateSet(), provenance: [ProvenanceStep] = []) {
    self.model = model
    self.updates = updates
    self.provenance = provenance
  }

  /// Writes a checkpoint, completely or not at all. The same content gives the same bytes.
  ///
  /// - Throws: `CheckpointError` with code `.cannotCreate`, `.inputOutput`, or `.unsuitable` for a statistic that inference
  ///   cannot use and for a graph in training mode. After an error, no new file is left, and an existing file stays unchanged.
  public func save(to path: String) throws(CheckpointError) {
    if let model { try CheckpointPayload.checkStatistics(of: model, for: path) }
    let draft = try CheckpointDraft.preparing(path) { try CheckpointDraft(self, for: path) }
    var pairs = UpdateElements(updates)
    do {
      try draft.save(to: path) { entry, sink in
        if let path = entry.tensorPath {
          try model?.tensor(path).forEachBlock(as: entry.type, sink)
        } else {
          try pairs.write(entry, to: sink)
        }
      }
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CheckpointError(.inputOutput, "\(error)", file: path)
    }
  }

  /// Checks that a loader will accept the statistics.
  static func checkStatistics(of model: some PopulationModel, for file: String) throws(CheckpointError) {
    let epsilons = model.graph.epsilons
    let deviations = model.graph.populationDeviations
    for (path, _) in model.graph.savedTensors where path.collection == .statistics {
      let epsilonProblem = model.origins[path].flatMap {
        StatisticRules.epsilonProblem($0.epsilon, at: path, wanted: epsilons[path], .unsuitable, in: file)
      }
      if let epsilonProblem { throw epsilonProblem }
      let valueProblem = (try? model.tensor(path)).flatMap {
        StatisticRules.valueProblem($0, at: path, isDeviation: deviations.contains(path), in: file)
      }
      if let valueProblem { throw valueProblem }
    }
  }
}

extension Checkpoint {
  /// The complete checked content of the checkpoint. If you save the payload, each document that was not edited keeps its bytes.
  ///
  /// - Throws: The errors of `model()` and `updates()`.
  /// - Complexity: O(bytes of the file).
  public func payload() throws(CheckpointError) -> CheckpointPayload {
    try payload(with: kind == .model ? model() : nil, updates: updates())
  }

  /// A model and update pairs that came from this checkpoint, with its provenance and its documents.
  package func payload(
    with model: Model?, updates: UpdateSet = UpdateSet()
  ) throws(CheckpointError) -> CheckpointPayload {
    var payload = CheckpointPayload(model: model, updates: updates, provenance: try provenance())
    payload.original =
      model == nil ? OriginalDocuments(provenance: try originalProvenance()) : try originalDocuments()
    return payload
  }
}

extension CheckpointDraft {
  /// Creates the draft of a checkpoint with the content of a payload.
  ///
  /// - Throws: An error of any module if a file cannot hold the payload.
  init(_ payload: CheckpointPayload, for file: String) throws {
    let layout = UpdateLayout(payload.updates)
    let provenance = try payload.original.texts(of: payload.provenance)
    guard let model = payload.model else {
      self.init(kind: .updatePairs, documents: provenance, tensors: layout.tensors, updates: layout.updates)
      return
    }
    if let call = model.graph.firstTrainingCall {
      throw CheckpointError(
        .unsuitable,
        "\(call.brick).\(call.application) normalizes in training mode: its outputs depend on the rest of the batch. Save the "
          + "inference graph; trainingGraph() makes the training graph from it",
        file: file, object: Format.graphPath)
    }
    self.init(
      kind: .model, documents: try payload.original.texts(of: model) + provenance,
      tensors: try CheckpointDraft.savedTensors(of: model) + layout.tensors, updates: layout.updates)
  }

  private static func savedTensors(of model: Model) throws -> [Contents.Entry] {
    try model.graph.savedTensors.map { path, variable in
      let tensor = try model.tensor(path)
      let description = model.descriptions[path]
      let role = variable.roles.roles.first { $0.refines(.persistent) } ?? .persistent
      return Contents.Entry(
        path: path.datasetPath, type: model.storedType(of: path) ?? tensor.type, shape: tensor.shape.dimensions,
        role: role.name, brick: path.brick,
        axes: description?.axes ?? tensor.shape.dimensions.indices.map { "axis_\($0)" },
        broadcastable: description?.broadcastable, digest: .pending,
        statistic: model.origins[path].map(Contents.Statistic.init))
    }
  }
}

extension Model {
  /// Saves the model. The file is written completely or not at all, and its bytes depend only on the model.
  ///
  /// - Throws: `CheckpointError`; see `CheckpointPayload.save(to:)`.
  public func save(to path: String) throws(CheckpointError) {
    try CheckpointPayload(model: self).save(to: path)
  }
}
