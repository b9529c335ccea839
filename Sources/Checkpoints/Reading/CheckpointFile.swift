import Platform

/// A checkpoint on disk or at a URL, and its name in messages and reports.
///
/// The path and the name differ if the checkpoint is a temporary copy of a model in another format.
public struct CheckpointFile: Hashable, Sendable {
  /// The path of the checkpoint.
  public let path: String
  /// The name in messages, reports and provenance.
  public let name: String

  /// Names a checkpoint at a path or a URL. The default name is the path, without the parts of a URL that can hold secrets.
  public init(_ path: String, named name: String? = nil) {
    self.path = path
    self.name = name ?? RemotePath.name(of: path)
  }
}
