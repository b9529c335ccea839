import ComputationGraphs
import JSON

/// The names and numbers of the format (schemas/CHECKPOINT.md).
enum Format {
  static let name = "swift-bricks checkpoint"
  static let majorVersion = 1
  static let version = "1.0"
  static let producer = "swift-bricks \(Version.current)"
  /// Extensions that this reader knows.
  static let knownExtensions: Set<String> = []
  /// Beyond this many time steps the counts stand in `/contents` alone.
  static let greatestCountAttribute = 4096

  static let contentsPath: Name = "/contents"
  static let bricksPath: Name = "/model/bricks"
  static let graphPath: Name = "/model/graph"
  static let provenancePath: Name = "/provenance"
  static let updatesRoot = "updates"
  /// The groups in which nothing is to be ignored.
  static let tensorRoots = TensorPath.Collection.allCases.map(\.rawValue) + [updatesRoot]
}

/// The version of this package.
public enum Version {
  /// `MAJOR.MINOR.PATCH`.
  public static let current = "0.1.0"
}

/// The kinds of checkpoint.
public enum CheckpointKind: String, Hashable, Sendable, Codable {
  /// A model, with or without recorded update pairs.
  case model
  /// Update pairs alone.
  case updatePairs = "update_pairs"
}

/// One step in how a checkpoint came to be.
public typealias ProvenanceStep = [Name: JSONValue]
