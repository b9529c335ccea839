import ComputationGraphs
import HDF5
import Tensors

/// Writes a draft as datasets in one fixed order.
struct CheckpointWriter {
  /// The table of contents of a file and its text, and the names of the scales of each tensor's axes.
  struct Table {
    let contents: Contents
    let text: String
    let scales: [[String]]
  }

  private let draft: CheckpointDraft
  /// The table of contents without the digests of tensors.
  private let contents: Contents
  /// The text of the table if the draft is a copy of another file.
  private let originalText: String?
  private let storage: TensorStorage
  private let progress: (Int) throws -> Void

  init(
    _ draft: CheckpointDraft, _ contents: Contents, originalText: String?, storage: TensorStorage,
    progress: @escaping (Int) throws -> Void
  ) {
    self.progress = progress
    self.draft = draft
    self.contents = contents
    self.originalText = originalText
    self.storage = storage
  }

  /// Writes the file, which is replaced if it exists, and returns its table of contents.
  ///
  /// The table of contents is the first object of the file, but its digests are known last. All digests have the same size, so the
  /// table is written first to reserve its place, and again when all digests are known.
  func write(to path: String, _ elements: (Contents.Entry, TensorSink) throws -> Void) throws -> Table {
    let file = try HDF5.File(
      creating: path,
      options: HDF5.File.CreationOptions(replacesExisting: true, alignmentThreshold: 2048, alignment: 64))
    var contents = contents
    let updatesText = try originalText == nil ? contents.updates?.jsonText() : nil
    let preliminaryText = try text(of: contents, updatesText)
    try file.setAttribute("format", to: Format.name)
    try file.setAttribute("format_version", to: contents.formatVersion)
    try file.setAttribute("kind", to: draft.kind.rawValue)
    let extensions = contents.extensions
    if !extensions.isEmpty { try file.setAttribute("must_understand", to: extensions) }
    try file.setAttribute("producer", to: Format.producer)
    try file.setAttribute("content_digest", to: Digest(of: preliminaryText).description)
    if let created = CreationTime.fromEnvironment() { try file.setAttribute("created", to: created) }
    let table = try writeDocument(Format.contentsPath, preliminaryText, to: file)
    // The graph is long and seldom needed, so it is last: the other documents of a remote file are fetched together.
    let isGraph = { (path: Name) in path == Format.graphPath }
    for document in draft.documents.filter({ !isGraph($0.path) }) + draft.documents.filter({ isGraph($0.path) }) {
      try writeDocument(document.path, document.text, to: file).close()
    }
    var scales = DimensionScales(taken: Set(draft.tensors.map(\.path)))
    var scaleNames: [[String]] = []
    // The tensors of one group are consecutive, so keep the group open: the library finds names in an open group faster.
    var group: HDF5.Group?
    var groupPath: Name?
    var groups: Set<Name> = [""]
    // The links of the root group are at the beginning of the file only if its groups are created before the tensors.
    for root in Format.tensorRoots where contents.tensors.contains(where: { $0.path.hasPrefix("/\(root)/") }) {
      _ = try open("/\(root)", in: file, &groups)
    }
    for index in contents.tensors.indices {
      let (path, name) = contents.tensors[index].path.splitAtLast("/") ?? ("", contents.tensors[index].path)
      if path != groupPath {
        group = try open(path, in: file, &groups)
        groupPath = path
      }
      guard let open = group.take() else { continue }
      scaleNames.append(try scales.make(for: contents.tensors[index], in: open))
      contents.tensors[index].digest = try write(
        contents.tensors[index], name, to: open, scales: scaleNames[index], elements)
      group = consume open
    }
    group = nil
    contents.parametersDigest = contents.parametersDigest.map { _ in Contents.parametersDigest(of: contents.tensors) }
    let finalText = try text(of: contents, updatesText)
    if finalText != preliminaryText {
      precondition(finalText.utf8.count == preliminaryText.utf8.count)
      try table.writeString(finalText)
      try file.overwriteAttribute("content_digest", with: Digest(of: finalText).description)
    }
    try table.close()
    try file.close()
    return Table(contents: contents, text: finalText, scales: scaleNames)
  }

  /// Opens a group of tensors. Creates the group, and the groups above it, if they do not exist yet. The file is new, so all its
  /// groups were created here.
  private func open(_ path: Name, in file: borrowing HDF5.File, _ groups: inout Set<Name>) throws -> HDF5.Group {
    let relative = String(path.text.dropFirst())
    guard groups.insert(path).inserted else { return try file.openGroup(atKnownPath: relative) }
    if let (parent, _) = path.splitAtLast("/"), !groups.contains(parent) { _ = try open(parent, in: file, &groups) }
    return try file.createGroup(atNewPath: relative)
  }

  private func text(of contents: Contents, _ updatesText: String?) throws -> String {
    try originalText ?? contents.jsonText(updatesText: updatesText)
  }

  private func writeDocument(_ path: Name, _ text: String, to file: borrowing HDF5.File) throws -> Dataset {
    let dataset = try file.createDataset(
      String(path.text.dropFirst()), datatype: .text(byteCount: max(text.utf8.count, 1)))
    try dataset.writeString(text)
    return dataset
  }

  /// Writes a tensor and returns the digest of the written bytes.
  private func write(
    _ entry: Contents.Entry, _ name: Name, to group: borrowing HDF5.Group, scales: [String],
    _ elements: (Contents.Entry, TensorSink) throws -> Void
  ) throws -> Digest {
    let datatype = entry.type.datatype
    let options =
      switch storage {
      case .contiguous: DatasetOptions(allocatesEarly: true)
      case .compressed(let level): DatasetOptions.compressed(entry.shape, of: datatype, level: level)
      }
    let created = try group.createDataset(
      name.text, datatype: datatype, dimensions: entry.shape, options: options)
    var writer = try SequentialWriter(created)
    var hasher = DigestHasher()
    try elements(entry) { bytes in
      hasher.update(bytes)
      try writer.write(bytes)
      try progress(bytes.count)
    }
    let dataset = try writer.finish()
    let digest = hasher.digest
    try dataset.setAttribute("role", to: entry.role.text)
    try dataset.setAttribute("brick", to: entry.brick.text)
    try dataset.setAttribute("digest", to: digest.description)
    if !entry.axes.isEmpty { try dataset.setAttribute("axes", to: entry.axes.map(\.text)) }
    if let broadcastable = entry.broadcastable, !broadcastable.isEmpty {
      try dataset.setAttribute("broadcastable", to: broadcastable.map { $0 ? UInt8(1) : 0 })
    }
    if let statistic = entry.statistic {
      try dataset.setAttribute("epsilon", to: statistic.epsilon)
      try dataset.setAttribute("estimator", to: statistic.estimator.name)
      try dataset.setAttribute("records", to: Int64(statistic.records))
      try dataset.setAttribute("parameters_digest", to: statistic.parametersDigest?.description ?? "")
      if statistic.observationCounts.count <= Format.greatestCountAttribute {
        try dataset.setAttribute("observation_counts", to: statistic.observationCounts)
      }
    }
    if !scales.isEmpty { try dataset.attachDimensionScales(scales, in: group) }
    try dataset.close()
    return digest
  }
}
