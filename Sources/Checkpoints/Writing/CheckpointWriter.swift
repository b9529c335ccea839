import Bricks
import HDF5

/// Lays content out as datasets and writes them in one fixed order.
struct CheckpointWriter {
  private let content: CheckpointContent
  private let kind: CheckpointKind
  private let tensors: [(entry: Contents.Entry, tensor: Tensor)]
  private let documents: [(path: String, text: String)]
  private let contentsText: String
  private let contents: Contents

  init(_ content: CheckpointContent) throws {
    self.content = content
    kind = content.model == nil ? .updatePairs : .model
    let updates = try UpdateLayout(content.updates)
    let saved = try content.model.map(CheckpointWriter.savedTensors) ?? []
    tensors = (saved + updates.tensors).sorted {
      $0.entry.path.utf8.lexicographicallyPrecedes($1.entry.path.utf8)
    }
    var documents: [(path: String, text: String)] = []
    if let model = content.model {
      let bricks: AttributeValue = ["bricks": .list(model.bricks.map(\.json))]
      documents.append((Format.bricksPath, try bricks.jsonText()))
      documents.append((Format.graphPath, try model.graph.json().jsonText()))
    }
    if !content.provenance.isEmpty {
      let steps: AttributeValue = ["steps": .list(content.provenance.map(AttributeValue.object))]
      documents.append((Format.provenancePath, try steps.jsonText()))
    }
    self.documents = documents
    let contents = Contents(
      formatVersion: Format.version, kind: kind.rawValue,
      documents: documents.map { Contents.Document(path: $0.path, digest: Digest(of: $0.text)) },
      parametersDigest: content.model.map { _ in Contents.parametersDigest(of: saved.map(\.entry)) },
      tensors: tensors.map(\.entry), updates: updates.updates)
    contentsText = try contents.json.jsonText()
    self.contents = contents
  }

  private static func savedTensors(of model: Model) throws -> [(entry: Contents.Entry, tensor: Tensor)] {
    try model.graph.savedTensors.map { path, variable in
      let tensor = try model.tensor(path)
      let description = model.descriptions[path]
      let role = variable.roles.roles.first { $0.refines(.persistent) } ?? .persistent
      let entry = Contents.Entry(
        path: path.datasetPath, type: tensor.type, shape: tensor.shape.dimensions, role: role.name, brick: path.brick,
        axes: description?.axes ?? tensor.shape.dimensions.indices.map { "axis_\($0)" },
        broadcastable: description?.broadcastable, digest: tensor.digest,
        statistic: model.origins[path].map(Contents.Statistic.init))
      return (entry, tensor)
    }
  }

  /// Checks that what is about to be written can be read back.
  ///
  /// - Throws: `CheckpointError` with code `.unsuitable`.
  func validate(for file: String) throws(CheckpointError) {
    do {
      try contents.validate(kind: kind, version: Format.version, file: file)
    } catch {
      throw CheckpointError(.unsuitable, "cannot be saved: \(error.message)", file: file, object: error.object)
    }
  }

  /// Writes the file, which must not exist.
  func write(to path: String) throws {
    let file = try HDF5.File(
      creating: path, options: HDF5.File.CreationOptions(alignmentThreshold: 2048, alignment: 64))
    try file.setAttribute("format", to: Format.name)
    try file.setAttribute("format_version", to: Format.version)
    try file.setAttribute("kind", to: kind.rawValue)
    try file.setAttribute("producer", to: Format.producer)
    try file.setAttribute("content_digest", to: Digest(of: contentsText).description)
    if let created = CreationTime.fromEnvironment() { try file.setAttribute("created", to: created) }
    for document in [(path: Format.contentsPath, text: contentsText)] + documents {
      let dataset = try file.createDataset(
        String(document.path.dropFirst()), datatype: .text(byteCount: max(document.text.utf8.count, 1)))
      try dataset.writeString(document.text)
    }
    var scales = DimensionScales(taken: Set(tensors.map(\.entry.path)))
    for (entry, tensor) in tensors { try write(tensor, entry, to: file, &scales) }
    try file.close()
  }

  private func write(
    _ tensor: Tensor, _ entry: Contents.Entry, to file: borrowing HDF5.File, _ scales: inout DimensionScales
  ) throws {
    let scalePaths = try scales.make(for: entry, in: file)
    let dataset = try file.createDataset(
      String(entry.path.dropFirst()), datatype: tensor.type.datatype, dimensions: tensor.shape.dimensions,
      options: DatasetOptions(allocatesEarly: true))
    switch tensor.storage {
    case .float32(let elements): try dataset.write(elements)
    case .float64(let elements): try dataset.write(elements)
    case .int64(let elements): try dataset.write(elements)
    }
    try dataset.setAttribute("role", to: entry.role)
    try dataset.setAttribute("brick", to: entry.brick)
    try dataset.setAttribute("digest", to: entry.digest.description)
    if !entry.axes.isEmpty { try dataset.setAttribute("axes", to: entry.axes) }
    if let broadcastable = entry.broadcastable, !broadcastable.isEmpty {
      try dataset.setAttribute("broadcastable", to: broadcastable.map { $0 ? UInt8(1) : 0 })
    }
    if let statistic = entry.statistic {
      try dataset.setAttribute("epsilon", to: statistic.epsilon)
      try dataset.setAttribute("estimator", to: statistic.estimator)
      try dataset.setAttribute("records", to: Int64(statistic.records))
      try dataset.setAttribute("parameters_digest", to: statistic.parametersDigest?.description ?? "")
      if statistic.observationCounts.count <= Format.greatestCountAttribute {
        try dataset.setAttribute("observation_counts", to: statistic.observationCounts)
      }
    }
    if !scalePaths.isEmpty { try dataset.attachDimensionScales(scalePaths) }
  }
}
