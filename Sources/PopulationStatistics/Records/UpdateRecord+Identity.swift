@_exported import Names
import Tensors

extension UpdateRecord {
  /// The identity of a record. The same batch with other parameters has another identity.
  public struct Identity: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The path of the brick, such as `/mlp/batch_norm_activation_0/batchnormalization`.
    public let brick: Name
    /// The name of the application's method. The second and later calls in one graph have the suffix `#1`, `#2`, ….
    public let application: Name
    /// The name of the minibatch. A name and a source of examples together mean the same data in every file.
    public let batch: Name
    /// The digest of the parameters that the statistic was computed with; nil if unknown.
    public let parametersDigest: Digest?
    /// The source of the minibatch's examples; nil if unknown.
    public internal(set) var source: Name?

    /// Creates an identity with the given properties.
    public init(
      brick: Name, application: Name = "apply", batch: Name, parametersDigest: Digest?, source: Name? = nil
    ) {
      self.brick = brick
      self.application = application
      self.batch = batch
      self.parametersDigest = parametersDigest
      self.source = source
    }

    /// The canonical order: by brick, application, batch, parameters digest and source, each by its UTF-8 bytes. An unknown digest or
    /// source comes first.
    public static func < (left: Identity, right: Identity) -> Bool {
      if left.brick != right.brick { return left.brick < right.brick }
      if left.application != right.application { return left.application < right.application }
      if left.batch != right.batch { return left.batch < right.batch }
      if left.parametersDigest != right.parametersDigest {
        return left.parametersDigest.precedes(right.parametersDigest)
      }
      return left.source.precedes(right.source)
    }

    /// The identity in words, such as `/mlp/norm.apply of batch "train.h5:images[0:128]"`.
    public var description: String { "\(brick).\(application) of batch \"\(batch)\"" }
  }
}

extension Optional where Wrapped: Comparable {
  /// Whether the value comes before another; nil comes first.
  package func precedes(_ other: Wrapped?) -> Bool {
    guard let other else { return false }
    return map { $0 < other } ?? true
  }
}
