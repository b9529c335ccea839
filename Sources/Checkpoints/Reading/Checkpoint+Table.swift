import ComputationGraphs
import HDF5
import Tensors

extension Checkpoint {
  /// Checks that the table of contents and the file agree about every object, without reading the tensors' elements.
  ///
  /// - Throws: `CheckpointError` that lists everything that is missing, unknown or different.
  /// - Complexity: O(datasets).
  public func checkTable() throws(CheckpointError) { try Checkpoint.report(disagreements(), in: name) }

  /// Compares the table of contents with the file, object by object, without reading the tensors' elements. Returns everything that is
  /// missing, unknown or different. Records where the elements are in the file, for later reads.
  ///
  /// - Parameter visit: Called with each dataset that agrees with its entry, and with each dimension scale, which has no entry.
  ///   Without a closure, the library does not open contiguous datasets, because their checked headers suffice.
  /// - Complexity: O(datasets).
  func disagreements(
    alsoVisiting visit: ((borrowing Dataset, Contents.Entry?) -> Void)? = nil
  ) throws(CheckpointError) -> [CheckpointError] {
    try CheckpointError.about(name) {
      var problems: [CheckpointError] = []
      var pending: [Name: Contents.Entry] = [:]
      for entry in contents.tensors { pending[entry.path] = entry }
      for root in Format.tensorRoots where try file.exists(root) {
        problems += try disagreements(below: root, &pending, visit)
      }
      problems += pending.keys.sorted().map { edited("is in the table of contents, but not in the file", $0) }
      return problems.sorted { ($0.object ?? "") < ($1.object ?? "") }
    }
  }

  /// Compares the objects of a group, and of the groups below it, with the entries that were not found yet (`pending`). Removes the
  /// entries that it finds.
  private func disagreements(
    below root: String, _ pending: inout [Name: Contents.Entry],
    _ visit: ((borrowing Dataset, Contents.Entry?) -> Void)?
  ) throws -> [CheckpointError] {
    var groups = [root]
    var problems: [CheckpointError] = []
    // Hard links can form circles. The search ends, because it only enters groups on the paths of listed tensors.
    let listedGroups = contents.groups(below: root)
    while let path = groups.popLast() {
      if path == root { _ = try file.openGroup(path) }  // Opening refuses soft and external links.
      for (link, outline) in try file.outlines(ofGroup: path, texts: ["digest", "CLASS"]) {
        let child: Name = "/\(path)/\(link.name)"
        let entry = pending.removeValue(forKey: child)
        guard link.kind == .hard else {
          let problem = CheckpointError(
            .refused, "is a link of the kind \"\(link.kind.rawValue)\"; a checkpoint must contain its data",
            file: name, object: child)
          problems.append(problem)
          continue
        }
        do {
          switch try outline.get() {
          case .group where listedGroups.contains(child):
            groups.append(String(child.text.dropFirst()))
            pending[child] = entry
          case .group:
            // If a group takes the place of a tensor, it is reported below as a missing tensor.
            pending[child] = entry
            if entry == nil {
              problems.append(edited("is a group, but the table of contents lists no tensor in it", child))
            }
          // The library says why space is missing for the elements of a tensor.
          case .dataset(let outline) where visit == nil && (entry == nil || outline.place != nil):
            if let problem = compare(outline, child, with: entry) { problems.append(problem) }
          case .dataset, .unknown:
            let object = String(child.text.dropFirst())
            guard try file.objectKind(atKnownPath: object) == .dataset else {
              problems.append(edited("is neither a group nor a dataset", child))
              continue
            }
            let dataset = try file.openDataset(atKnownPath: object)
            if let problem = try compare(dataset, child, with: entry, visit) { problems.append(problem) }
          }
        } catch let error as HDF5Error where entry != nil || error.code == .refused {
          problems.append(CheckpointError(error, file: name))
        }
      }
    }
    return problems
  }

  /// Compares a dataset with its entry, and records where its elements are in the file. Without an entry, the dataset must be
  /// a dimension scale.
  private func compare(
    _ dataset: borrowing Dataset, _ path: Name, with entry: Contents.Entry?,
    _ visit: ((borrowing Dataset, Contents.Entry?) -> Void)?
  ) throws -> CheckpointError? {
    guard let entry else {
      guard try dataset.isDimensionScale else {
        return edited("is in the file, but not in the table of contents", path)
      }
      visit?(dataset, nil)
      return nil
    }
    if let problem = try disagreement(of: dataset, with: entry) { return problem }
    places[path] = try dataset.place
    visit?(dataset, entry)
    return nil
  }

  /// Makes the same comparison for a contiguous dataset, with nothing but its header.
  private func compare(_ outline: DatasetOutline, _ path: Name, with entry: Contents.Entry?) -> CheckpointError? {
    guard let entry else {
      return outline.texts[1] == "DIMENSION_SCALE"
        ? nil : edited("is in the file, but not in the table of contents", path)
    }
    let problem =
      disagreement(outline.datatype, outline.dimensions, with: entry)
      ?? disagreement(digest: outline.texts[0], with: entry)
    if problem == nil { places[path] = outline.place }
    return problem
  }

  private func edited(_ problem: String, _ object: Name) -> CheckpointError {
    CheckpointError(.damaged, "\(problem): the file was edited by another program", file: name, object: object)
  }

  /// The difference between a dataset and its entry that makes readers refuse the file; nil if they agree. The digest is the only
  /// attribute that readers compare. Verification also compares the others, which are just for people.
  func disagreement(of dataset: borrowing Dataset, with entry: Contents.Entry) throws -> CheckpointError? {
    if let problem = disagreement(dataset.datatype, dataset.dimensions, with: entry) { return problem }
    if case .chunked(_, let filters) = try dataset.storage,
      let filter = filters.first(where: { !Format.knownFilters.contains($0.identifier) })
    {
      return CheckpointError(
        .refused,
        "is stored with the filter \(filter.name) (HDF5 filter \(filter.identifier)); checkpoints may use only shuffle and "
          + "deflate; write the dataset again with these filters or without filters", file: name, object: entry.path)
    }
    guard try dataset.unwrittenChunkCount == 0 else {
      return edited("was never written completely", entry.path)
    }
    return disagreement(digest: try dataset.textIfPresent(inAttribute: "digest"), with: entry)
  }

  private func disagreement(
    _ datatype: Datatype, _ dimensions: [Int], with entry: Contents.Entry
  ) -> CheckpointError? {
    guard datatype == entry.type.datatype else {
      return edited("has the type \(datatype), but the table of contents says \(entry.type.rawValue)", entry.path)
    }
    guard dimensions == entry.shape else {
      return edited("has the shape \(dimensions), but the table of contents says \(entry.shape)", entry.path)
    }
    return nil
  }

  private func disagreement(digest: String?, with entry: Contents.Entry) -> CheckpointError? {
    guard let digest else { return nil }
    guard Name(digest) == Name(entry.digest.description) else {
      return edited(
        "has the attribute digest \"\(digest)\", but the table of contents says \"\(entry.digest)\"", entry.path)
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
  /// The groups that contain listed tensors.
  fileprivate func groups(below root: String) -> Set<Name> {
    var groups: Set<Name> = ["/\(root)"]
    let prefix: Name = "/\(root)/"
    var lastGroup: Name?
    for entry in tensors where entry.path.hasPrefix(prefix) {
      // The tensors of a group mostly follow one another.
      if let lastGroup, entry.path.isDirectlyBelow(lastGroup) { continue }
      lastGroup = entry.path.splitAtLast("/")?.before
      var path = entry.path
      while let (group, _) = path.splitAtLast("/"), groups.insert(group).inserted { path = group }
    }
    return groups
  }
}

extension ScalarType {
  /// The HDF5 datatype for elements of this type.
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
