@_exported import Names

extension UpdateRecord {
  /// What a record is about. The same batch seen under other parameters is another observation.
  public struct Identity: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The path of the brick: `/mlp/batch_norm_activation_0/batchnormalization`.
    public let brick: Name
    /// The application method's name; `#1`, `#2`, … appended for the second and further calls in one graph.
    public let application: Name
    /// The minibatch, in words that mean the same data wherever they stand.
    public let batch: Name
    /// The digest of the parameters that the statistic was computed with; nil where unknown.
    public let parametersDigest: String?

    /// An identity of its four parts.
    public init(brick: Name, application: Name = "apply", batch: Name, parametersDigest: String?) {
      self.brick = brick
      self.application = application
      self.batch = batch
      self.parametersDigest = parametersDigest
    }

    /// The canonical order: by brick, application, batch, parameters digest (unknown first), each by UTF-8 bytes.
    public static func < (left: Identity, right: Identity) -> Bool {
      if left.brick != right.brick { return left.brick < right.brick }
      if left.application != right.application { return left.application < right.application }
      if left.batch != right.batch { return left.batch < right.batch }
      return utf8Less(left.parametersDigest, right.parametersDigest)
    }

    /// `/mlp/norm.apply of batch "train.h5:images[0:128]"`.
    public var description: String { "\(brick).\(application) of batch \"\(batch)\"" }
  }
}

/// Whether two strings are the same bytes.
func utf8Equal(_ left: String?, _ right: String?) -> Bool {
  guard let left, let right else { return left == nil && right == nil }
  return left.utf8.elementsEqual(right.utf8)
}

/// The order of strings by their bytes, nil first.
func utf8Less(_ left: String?, _ right: String?) -> Bool {
  guard let right else { return false }
  guard let left else { return true }
  return left.utf8.lexicographicallyPrecedes(right.utf8)
}
