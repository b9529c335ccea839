extension UpdateRecord {
  /// What a record is about. The same batch seen under other parameters is another observation.
  ///
  /// Strings are equal, and ordered, by their UTF-8 bytes: Swift's own comparison takes differently encoded but
  /// canonically equivalent strings for one, and which of them a union kept would depend on its order.
  public struct Identity: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The path of the brick: `/mlp/batch_norm_activation_0/batchnormalization`.
    public let brick: String
    /// The application method's name; `#1`, `#2`, … appended for the second and further calls in one graph.
    public let application: String
    /// The minibatch, in words that mean the same data wherever they stand.
    public let batch: String
    /// The digest of the parameters that the statistic was computed with; nil where unknown.
    public let parametersDigest: String?

    /// An identity of its four parts.
    public init(brick: String, application: String = "apply", batch: String, parametersDigest: String?) {
      self.brick = brick
      self.application = application
      self.batch = batch
      self.parametersDigest = parametersDigest
    }

    /// Whether all parts are the same bytes.
    public static func == (left: Identity, right: Identity) -> Bool {
      utf8Equal(left.batch, right.batch) && utf8Equal(left.brick, right.brick)
        && utf8Equal(left.application, right.application) && utf8Equal(left.parametersDigest, right.parametersDigest)
    }

    /// Hashes all parts.
    public func hash(into hasher: inout Hasher) {
      // Equal bytes hash equally as strings, too; equivalent strings of other bytes merely collide.
      hasher.combine(brick)
      hasher.combine(application)
      hasher.combine(batch)
      hasher.combine(parametersDigest)
    }

    /// The canonical order: by brick, application, batch, parameters digest (unknown first), each by UTF-8 bytes.
    public static func < (left: Identity, right: Identity) -> Bool {
      if !utf8Equal(left.brick, right.brick) { return utf8Less(left.brick, right.brick) }
      if !utf8Equal(left.application, right.application) { return utf8Less(left.application, right.application) }
      if !utf8Equal(left.batch, right.batch) { return utf8Less(left.batch, right.batch) }
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
