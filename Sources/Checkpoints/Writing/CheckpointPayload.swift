import ComputationGraphs
import HDF5
import PopulationStatistics

/// What a checkpoint holds: a model, update pairs, or both, and how it came to be.
public struct CheckpointPayload: Sendable {
  /// The model; nil for a file of update pairs.
  public var model: Model?
  /// The recorded update pairs.
  public var updates: UpdateSet
  /// How the content came to be, the latest step last.
  public var provenance: [ProvenanceStep]

  /// Content from its parts.
  public init(model: Model?, updates: UpdateSet = UpdateSet(), provenance: [ProvenanceStep] = []) {
    self.model = model
    self.updates = updates
    self.provenance = provenance
  }

  /// Writes a checkpoint, whole or not at all. The same content gives the same bytes.
  ///
  /// - Throws: `CheckpointError` with code `.cannotCreate`, `.inputOutput`, or `.unsuitable` for a statistic that no inference can use
  ///   and for a graph in training mode; nothing is left behind then, and what was there before stays.
  public func save(to path: String) throws(CheckpointError) {
    if let model { try CheckpointPayload.checkStatistics(of: model, for: path) }
    let draft: CheckpointDraft
    do {
      draft = try CheckpointDraft(self, for: path)
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CheckpointError(.unsuitable, "cannot be saved: \(error)", file: path)
    }
    var pairs = UpdateElements(updates)
    do {
      try draft.save(to: path) { entry, sink in
        if let path = entry.tensorPath {
          try model?.tensor(path).withUnsafeBytes(sink)
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

  /// What a loader would refuse must not be saved.
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

extension CheckpointDraft {
  /// A draft of content in memory.
  ///
  /// - Throws: an error of any module where the content cannot be kept in a file.
  init(_ content: CheckpointPayload, for file: String) throws {
    let layout = try UpdateLayout(content.updates)
    guard let model = content.model else {
      try self.init(updates: layout, provenance: content.provenance, for: file)
      return
    }
    try self.init(
      kind: .model, documents: CheckpointDraft.modelDocuments(model.bricks, model.graph, for: file),
      tensors: CheckpointDraft.savedTensors(of: model) + layout.tensors, updates: layout.updates,
      provenance: content.provenance, for: file)
  }

  private static func savedTensors(of model: Model) throws -> [Contents.Entry] {
    try model.graph.savedTensors.map { path, variable in
      let tensor = try model.tensor(path)
      let description = model.descriptions[path]
      let role = variable.roles.roles.first { $0.refines(.persistent) } ?? .persistent
      return Contents.Entry(
        path: path.datasetPath, type: tensor.type, shape: tensor.shape.dimensions, role: role.name, brick: path.brick,
        axes: description?.axes ?? tensor.shape.dimensions.indices.map { "axis_\($0)" },
        broadcastable: description?.broadcastable, digest: .pending,
        statistic: model.origins[path].map(Contents.Statistic.init))
    }
  }
}

extension Model {
  /// Saves the model: atomic, deterministic, and wholly checked on the way back.
  ///
  /// - Throws: `CheckpointError`; see `CheckpointPayload.save(to:)`.
  public func save(to path: String) throws(CheckpointError) {
    try CheckpointPayload(model: self).save(to: path)
  }
}
