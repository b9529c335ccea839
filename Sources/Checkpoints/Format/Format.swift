import ComputationGraphs
import JSON
import Tensors

/// The names and numbers of the format (schemas/CHECKPOINT.md).
enum Format {
  static let name = "swift-bricks checkpoint"
  static let majorVersion = 1
  /// The version of files without extensions.
  static let version = "1.0"
  /// The version of files with tensors of 16-bit types.
  static let sixteenBitVersion = "1.1"
  static let producer = "swift-bricks \(Version.current)"
  /// Extensions that this reader knows.
  static let knownExtensions = Set(sixteenBitTypes.map(\.rawValue))
  /// The types of tensors that are extensions. Each extension has the name of its type.
  static let sixteenBitTypes: [ScalarType] = [.bfloat16, .float16]
  /// The HDF5 filters that tensors may be stored with: deflate and shuffle.
  static let knownFilters = [1, 2]
  /// The greatest number of time steps for which counts are also an attribute. With more steps, the counts are only in `/contents`.
  static let greatestCountAttribute = 4096

  static let contentsPath: Name = "/contents"
  static let bricksPath: Name = "/model/bricks"
  static let graphPath: Name = "/model/graph"
  static let provenancePath: Name = "/provenance"
  static let updatesRoot = "updates"
  static let updatesPrefix: Name = "/updates/"
  /// The groups of tensors. Readers must not ignore an object in these groups.
  static let tensorRoots = TensorPath.Collection.allCases.map(\.rawValue) + [updatesRoot]
}

/// The version of this package.
public enum Version {
  /// The version in the form `MAJOR.MINOR.PATCH`.
  public static let current = "0.1.0"
}

/// The kinds of checkpoint.
public enum CheckpointKind: String, Hashable, Sendable, Codable {
  /// A model, with or without recorded update pairs.
  case model
  /// A file with update pairs only.
  case updatePairs = "update_pairs"
}

/// One step of a checkpoint's provenance.
public typealias ProvenanceStep = [Name: JSONValue]
