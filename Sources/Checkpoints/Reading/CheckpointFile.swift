/// A checkpoint on disk, and its name in messages and reports.
///
/// The path and the name differ if the checkpoint is a temporary copy of a model in another format.
public struct CheckpointFile: Hashable, Sendable {
  /// The path of the checkpoint.
  public let path: String
  /// The name in messages, reports and provenance.
  public let name: String

  /// A checkpoint at a path. If no name is given, the path is the name.
  public init(_ path: String, named name: String? = nil) {
    self.path = path
    self.name = name ?? path
  }
}
