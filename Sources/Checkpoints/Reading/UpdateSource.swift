import ComputationGraphs
import JSON
import PopulationStatistics
import Tensors

/// A checkpoint as a source of update pairs.
///
/// If the checkpoint has recorded pairs, it gives these pairs. If a model has no recorded pairs, its population statistics count as
/// one pair for each normalization. Values are read when they are needed.
public final class UpdateSource: UpdateCollection {
  /// The open file.
  public let checkpoint: Checkpoint
  /// The model; nil for a file of update pairs.
  public let outline: ModelOutline?
  /// Whether the pairs were recorded. Otherwise, they come from the population statistics.
  public let isRecorded: Bool
  /// The minibatches in the order of recording.
  public let minibatches: [Minibatch]
  /// The forms of the pairs, in ascending order of brick and application.
  public let forms: [UpdateStack.Form]
  private let groups: [Contents.Updates.Group]
  private let populationRecords: UpdateSet

  /// Opens a checkpoint and compares all objects with its table. It reads the statistics of a model, but does not read recorded
  /// pairs yet.
  ///
  /// - Parameter givesStatistics: Whether the population statistics are used as pairs if no pairs were recorded.
  /// - Throws: `CheckpointError` if the file cannot be read, `StatisticsError` if its statistics are invalid.
  public convenience init(opening path: String, givesStatistics: Bool = true) throws {
    try self.init(opening: CheckpointFile(path), givesStatistics: givesStatistics)
  }

  /// Opens a checkpoint whose name in messages may differ from its path.
  ///
  /// - Throws: The errors of the initializer that takes a path.
  public init(opening place: CheckpointFile, givesStatistics: Bool = true) throws {
    let path = place.name
    let checkpoint = try Checkpoint(opening: place)
    let outline = checkpoint.kind == .model ? try checkpoint.outline() : nil
    if outline == nil { try checkpoint.checkTable() }
    groups = (checkpoint.contents.updates?.groups ?? []).filter { !$0.batches.isEmpty }.sorted {
      ($0.brick, $0.application) < ($1.brick, $1.application)
    }
    isRecorded = !groups.isEmpty || outline == nil || !givesStatistics
    populationRecords = isRecorded ? UpdateSet() : try UpdateSet(outline?.populationRecords() ?? [], source: path)
    if isRecorded {
      minibatches = checkpoint.contents.updates?.batches ?? []
      var forms: [UpdateStack.Form] = []
      for group in groups { forms.append(checkpoint.form(of: group)) }
      self.forms = forms
    } else {
      minibatches = populationRecords.minibatches
      forms = populationRecords.forms
    }
    do {
      try UpdateStack.Form.check(forms, minibatches)
    } catch {
      throw CheckpointError(.malformed, error.message, file: path)
    }
    self.checkpoint = checkpoint
    self.outline = outline
  }

  /// Closes a file of update pairs in the HDF5 library, unless the pairs are compressed. The pairs and the documents can still be
  /// read.
  ///
  /// An open file takes half a MiB of the library's memory. Call this function if there can be thousands of files.
  ///
  /// - Throws: `CheckpointError` if a document cannot be read.
  public func releaseLibrary() throws {
    if outline == nil { try checkpoint.releaseLibrary() }
  }

  /// The name of the file, as the caller gave it.
  public var file: String { checkpoint.name }

  /// The file's entry in provenance: its name without folders, and the digest of its content.
  public var provenance: JSONValue { checkpoint.provenanceInput }

  /// The number of bytes of the values of all pairs in the file.
  public var byteCount: Int {
    isRecorded ? checkpoint.contents.tensors.filter(\.isUpdate).reduce(0) { $0 + $1.byteCount } : 0
  }

  /// The pairs that a form describes.
  ///
  /// - Throws: `CheckpointError` with code `.damaged` if the datasets and the table of contents do not agree, or `.unsuitable` for
  ///   values that no minibatch can have.
  public func stack(at index: Int) throws -> UpdateStack {
    isRecorded ? try checkpoint.stack(of: groups[index]) : populationRecords.stack(at: index)
  }

  /// The pairs that a form describes, in blocks. Memory holds one block, and a row of chunks of a compressed dataset.
  ///
  /// - Throws: The errors of `stack(at:)`, also while the rows are read. The digest of a dataset is known after its last row.
  public func rows(of index: Int, keeping statistics: Set<UpdateSet.Statistic>) throws -> any UpdateRows {
    isRecorded
      ? try checkpoint.rows(of: groups[index], keeping: statistics)
      : try populationRecords.rows(of: index, keeping: statistics)
  }
}
