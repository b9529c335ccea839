import ComputationGraphs
import HDF5
import Synchronization
import Tensors

extension Checkpoint {
  /// The entry of the tensor at a path in the file, such as `/parameters/mlp/linear_0/W`; nil if there is none.
  ///
  /// - Complexity: O(log entries).
  public func entry(_ path: Name) -> Contents.Entry? { contents.entry(path) }

  /// The entries with the given role or a role that refines it, in canonical order.
  public func tensors(role: Role) -> [Contents.Entry] { contents.tensors.filter { $0.refines(role) } }

  /// The entries that a pattern selects, in canonical order.
  public func tensors(matching selector: Selector) -> [Contents.Entry] {
    contents.tensors.filter { $0.tensorPath.map(selector.matches) ?? false }
  }

  /// A reader of a tensor's elements in blocks, beginning with the first element.
  ///
  /// - Throws: `CheckpointError` with code `.damaged` if the type, shape or attributes differ from the table, `.refused` for
  ///   extents that the file cannot fill.
  public func reader(of entry: Contents.Entry) throws(CheckpointError) -> TensorReader {
    try TensorReader.opening(openCompared(entry), entry, file: name)
  }

  /// Calls `body` with the blocks of a tensor, in the order of its elements and in bounded memory.
  ///
  /// A block is a tensor with one axis. It holds consecutive row-major elements of the tensor. The digest is known only with the
  /// last block. If the digest does not match, the last block is not passed to `body`, and you must discard the results for the
  /// other blocks.
  ///
  /// - Throws: The errors of `reader(of:)`, `TensorReader.next(atMost:)` and `body`.
  public func forEachBlock(
    of entry: Contents.Entry, atMost count: Int = TensorReader.blockElementCount,
    _ body: (Range<Int>, Tensor) throws -> Void
  ) throws {
    var reader = try reader(of: entry)
    while true {
      let start = reader.position
      guard let block = try reader.next(atMost: count) else { return }
      try body(start..<reader.position, block)
    }
  }

  /// Reads a tensor and checks its digest.
  ///
  /// - Throws: `CheckpointError` with code `.damaged` if the type, shape, attributes or digest differ from the table.
  public func read(_ entry: Contents.Entry) throws(CheckpointError) -> Tensor {
    try TensorReader.whole(openCompared(entry), entry, file: name)
  }

  /// Reads tensors and checks their digests, on several threads if they are large. Their datasets were already compared with the
  /// table.
  func readCompared(_ entries: [Contents.Entry]) -> [Result<Tensor, CheckpointError>] {
    var results = [Result<Tensor, CheckpointError>?](repeating: nil, count: entries.count)
    let next = Atomic(0)
    let byteCount = entries.reduce(0) { $0.addingReportingOverflow($1.byteCount).partialValue }
    results.withUnsafeMutableBufferPointer { results in
      // Each thread takes the next tensor when it has finished one.
      concurrentRanges(of: entries.count, ofMultiplications: byteCount) { _ in
        while case let index = next.add(1, ordering: .relaxed).oldValue, index < entries.count {
          results[index] = Result { () throws(CheckpointError) in
            try TensorReader.whole(openKnown(entries[index]), entries[index], file: name)
          }
        }
      }
    }
    return results.compactMap { $0 }
  }

  /// A reader of a tensor's elements. Its dataset was already compared with the table.
  func comparedReader(of entry: Contents.Entry) throws(CheckpointError) -> TensorReader {
    try TensorReader.opening(openKnown(entry), entry, file: name)
  }

  private func openKnown(_ entry: Contents.Entry) throws(CheckpointError) -> Dataset {
    try CheckpointError.about(name) { try file.openDataset(atKnownPath: String(entry.path.text.dropFirst())) }
  }

  /// The dataset of a tensor, after a comparison with the table.
  private func openCompared(_ entry: Contents.Entry) throws(CheckpointError) -> Dataset {
    try CheckpointError.about(name) {
      let dataset = try file.openDataset(String(entry.path.text.dropFirst()))
      if let problem = try disagreement(of: dataset, with: entry) { throw problem }
      return dataset
    }
  }

  /// Checks that the table and the file agree about every object, without reading the tensors' elements.
  ///
  /// - Throws: `CheckpointError` that lists everything that is missing, unknown or different.
  /// - Complexity: O(datasets), with several library calls for each.
  public func checkTable() throws(CheckpointError) { try Checkpoint.report(disagreements(), in: name) }

  /// Compares the table with the file, object by object, without reading the tensors' elements. Returns everything that is
  /// missing, unknown or different.
  ///
  /// - Complexity: O(datasets), with several library calls for each.
  func disagreements() throws(CheckpointError) -> [CheckpointError] {
    try CheckpointError.about(name) {
      var problems: [CheckpointError] = []
      var pending = Set(contents.tensors.map(\.path))
      var entries: [Name: Contents.Entry] = [:]
      for entry in contents.tensors { entries[entry.path] = entry }
      for root in Format.tensorRoots where try file.exists(root) {
        let refused = try visitDatasets(below: root) { path, open in
          let isListed = pending.remove(path) != nil
          do {
            let dataset = try open()
            let problem =
              if let entry = entries[path] { try disagreement(of: dataset, with: entry) } else {
                try stray(dataset, path)
              }
            if let problem { problems.append(problem) }
          } catch let error as HDF5Error where isListed || error.code == .refused {
            problems.append(CheckpointError(error, file: name))
          }
        }
        problems += refused
        pending.subtract(refused.compactMap(\.object))
      }
      problems += pending.sorted().map { edited("is in the table of contents, but not in the file", $0) }
      return problems.sorted { ($0.object ?? "") < ($1.object ?? "") }
    }
  }

  /// The problem of a dataset that the table does not list; nil for a dimension scale.
  private func stray(_ dataset: borrowing Dataset, _ path: Name) throws -> CheckpointError? {
    try dataset.isDimensionScale ? nil : edited("is in the file, but not in the table of contents", path)
  }

  private func edited(_ problem: String, _ object: Name) -> CheckpointError {
    CheckpointError(.damaged, "\(problem): the file was edited by another program", file: name, object: object)
  }

  /// Visits the datasets of a group and of the groups below it, each with its path and a function that opens it.
  ///
  /// - Returns: Errors for links and objects that are not allowed, and for groups without a tensor of the table.
  private func visitDatasets(
    below root: String, _ visit: (Name, () throws -> Dataset) throws -> Void
  ) throws -> [CheckpointError] {
    var groups = [root]
    var refused: [CheckpointError] = []
    // Hard links can form circles. The groups on the way to listed tensors are finitely many, and no others are entered.
    let listedGroups = contents.groups(below: root)
    while let path = groups.popLast() {
      // Names are looked up from their group: from the root, the library would walk the whole path for each.
      let group = try path == root ? file.openGroup(path) : file.openGroup(atKnownPath: path)
      for link in try group.links() {
        let child = "\(path)/\(link.name)"
        guard link.kind == .hard else {
          let problem = CheckpointError(
            .refused, "is a link of the kind \"\(link.kind.rawValue)\"; checkpoints contain their data",
            file: name, object: "/\(child)")
          refused.append(problem)
          continue
        }
        switch try group.objectKind(atKnownPath: link.name) {
        case .group? where listedGroups.contains(Name(child)): groups.append(child)
        case .group?:
          // Tell of a group in the place of a tensor below, as a tensor that is missing.
          if entry(Name("/\(child)")) == nil {
            refused.append(edited("is a group without a tensor of the table of contents", "/\(child)"))
          }
        case .dataset?: try visit(Name("/\(child)")) { try group.openDataset(atKnownPath: link.name) }
        default: refused.append(edited("is neither a group nor a dataset", "/\(child)"))
        }
      }
    }
    return refused
  }

  /// The difference between a dataset and its entry that no reader accepts; nil if there is none. Other attributes inform people, and
  /// only verification compares them.
  private func disagreement(
    of dataset: borrowing Dataset, with entry: Contents.Entry
  ) throws -> CheckpointError? {
    guard dataset.datatype == entry.type.datatype else {
      return edited("has the type \(dataset.datatype), but the table says \(entry.type.rawValue)", entry.path)
    }
    guard dataset.dimensions == entry.shape else {
      return edited("has the shape \(dataset.dimensions), but the table says \(entry.shape)", entry.path)
    }
    if case .chunked(_, let filters) = try dataset.storage,
      let filter = filters.first(where: { !Format.knownFilters.contains($0.identifier) })
    {
      return CheckpointError(
        .refused,
        "is stored with the filter \(filter.name) (HDF5 filter \(filter.identifier)); checkpoints use shuffle and deflate at "
          + "most: write the dataset again with these or without filters", file: name, object: entry.path)
    }
    guard try dataset.unwrittenChunkCount == 0 else {
      return edited("was never written, or not completely", entry.path)
    }
    guard try dataset.hasAttribute("digest") else { return nil }
    let digest = try dataset.text(inAttribute: "digest")
    guard Name(digest) == Name(entry.digest.description) else {
      return edited("has the attribute digest \"\(digest)\", but the table says \"\(entry.digest)\"", entry.path)
    }
    return nil
  }
}

extension Dataset {
  /// Whether the dataset is marked as a dimension scale.
  var isDimensionScale: Bool {
    get throws {
      guard try hasAttribute("CLASS"), try attributeShape("CLASS").datatype.isText else { return false }
      return try texts(inAttribute: "CLASS") == ["DIMENSION_SCALE"]
    }
  }
}

extension Contents {
  /// The entry with the given path; nil if there is none.
  func entry(_ path: Name) -> Entry? {
    // The order was checked when the file was opened.
    let index = tensors.partitionPoint { $0.path < path }
    return index < tensors.count && tensors[index].path == path ? tensors[index] : nil
  }

  /// The groups that contain listed tensors, without the leading slash.
  fileprivate func groups(below root: String) -> Set<Name> {
    var groups: Set<Name> = [Name(root)]
    for entry in tensors where entry.path.hasPrefix("/\(root)/") {
      var path = Name(entry.path.text.dropFirst())
      while let (group, _) = path.splitAtLast("/"), groups.insert(group).inserted { path = group }
    }
    return groups
  }
}

extension ScalarType {
  /// The type of datasets with elements of this type.
  var datatype: Datatype {
    switch self {
    case .float32: Float.storedDatatype
    case .float64: Double.storedDatatype
    case .float16: .float(byteCount: 2, byteOrder: .littleEndian, isIEEE: true)
    case .bfloat16: .brainFloat(byteOrder: .littleEndian)
    default: Int64.storedDatatype
    }
  }
}
