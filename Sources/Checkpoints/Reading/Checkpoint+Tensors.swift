import ComputationGraphs
import HDF5
import Synchronization
import Tensors

extension Checkpoint {
  /// The entry of the tensor at a path in the file, such as `/parameters/mlp/linear_0/W`; nil if there is no such entry.
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
  /// - Throws: `CheckpointError` with code `.damaged` if the type, shape or attributes differ from the table of contents, or
  ///   `.refused` if the extents need more bytes than the file has.
  public func reader(of entry: Contents.Entry) throws(CheckpointError) -> TensorReader {
    try TensorReader(comparedElements(of: entry), entry, file: name)
  }

  /// Calls `body` with the blocks of a tensor, in the order of its elements and in bounded memory.
  ///
  /// A block is a tensor with one axis. It holds consecutive row-major elements of the tensor. The digest is known only after the
  /// last block was read. If the digest does not match, the last block is not passed to `body`, and you must discard the results of
  /// the earlier blocks.
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
  /// - Throws: `CheckpointError` with code `.damaged` if the type, shape, attributes or digest differ from the table of contents.
  public func read(_ entry: Contents.Entry) throws(CheckpointError) -> Tensor {
    try TensorReader.whole(comparedElements(of: entry), entry, file: name)
  }

  /// Reads tensors and checks their digests, on several threads if they are large. Their datasets were already compared with the
  /// table.
  func readCompared(_ entries: [Contents.Entry]) -> [Result<Tensor, CheckpointError>] {
    forEachTensor(entries) { checkpoint, entry in
      Result { () throws(CheckpointError) in
        try TensorReader.whole(checkpoint.knownElements(of: entry), entry, file: checkpoint.name)
      }
    }
  }

  /// Calls a function for each of some tensors, on several threads if the tensors are large, and returns the results in order.
  func forEachTensor<Value>(
    _ entries: [Contents.Entry], _ body: (borrowing Checkpoint, Contents.Entry) -> Value
  ) -> [Value] {
    var results = [Value?](repeating: nil, count: entries.count)
    let next = Atomic(0)
    let byteCount = entries.reduce(0) { $0.addingReportingOverflow($1.byteCount).partialValue }
    results.withUnsafeMutableBufferPointer { results in
      // Each thread takes the next tensor when it has finished one.
      concurrentRanges(of: entries.count, ofMultiplications: byteCount) { _ in
        while case let index = next.add(1, ordering: .relaxed).oldValue, index < entries.count {
          results[index] = body(self, entries[index])
        }
      }
    }
    return results.compactMap { $0 }
  }

  /// A reader of a tensor's elements. Its dataset was already compared with the table of contents.
  func comparedReader(of entry: Contents.Entry) throws(CheckpointError) -> TensorReader {
    try TensorReader(knownElements(of: entry), entry, file: name)
  }

  /// The elements of a tensor whose dataset was already compared with the table of contents.
  private func knownElements(of entry: Contents.Entry) throws(CheckpointError) -> SequentialReader {
    try CheckpointError.about(name) {
      if let place = places[entry.path], place.byteCount == entry.byteCount { return SequentialReader(place) }
      return try SequentialReader(file.openDataset(atKnownPath: String(entry.path.text.dropFirst())))
    }
  }

  /// The elements of a tensor, after a comparison of its dataset with the table of contents.
  private func comparedElements(of entry: Contents.Entry) throws(CheckpointError) -> SequentialReader {
    try CheckpointError.about(name) {
      if let place = places[entry.path], place.byteCount == entry.byteCount { return SequentialReader(place) }
      let dataset = try file.openDataset(String(entry.path.text.dropFirst()))
      if let problem = try disagreement(of: dataset, with: entry) { throw problem }
      return try SequentialReader(dataset)
    }
  }
}

extension Contents {
  /// The entry with the given path; nil if there is no such entry.
  func entry(_ path: Name) -> Entry? {
    // The order was checked when the file was opened.
    let index = tensors.indices.partitionPoint { tensors[$0].path < path }
    return index < tensors.count && tensors[index].path == path ? tensors[index] : nil
  }
}
