import Tensors

/// The names of a tensor's axes, and its type in files.
public struct TensorDescription: Hashable, Sendable {
  /// The name of an axis that counts time steps.
  public static let timeAxis: Name = "time"

  /// The name of each axis, such as `channel`.
  public var axes: [Name]
  /// For each axis, whether the tensor's only value along it applies to the whole axis of the data; nil if this has no meaning.
  public var broadcastable: [Bool]?

  /// The type in files, float16 or bfloat16; nil for the type that the graph computes in.
  ///
  /// All values of the tensor are exact in this type. If a tensor gets other values, the model removes the type, so that saving
  /// never rounds.
  public var storedType: ScalarType?

  /// Creates a description with its axes.
  public init(axes: [Name], broadcastable: [Bool]? = nil, storedType: ScalarType? = nil) {
    self.axes = axes
    self.broadcastable = broadcastable
    self.storedType = storedType
  }

  /// Whether the first axis counts time steps.
  public var isPerTimeStep: Bool { TensorDescription.isPerTimeStep(axes) }

  /// Whether the first of the given axes counts time steps.
  public static func isPerTimeStep(_ axes: [Name]) -> Bool { axes.first == timeAxis }

  /// The names of the axes of one example: `channel`, `height`, `width`, `axis_3`, ….
  package static func exampleAxes(_ count: Int) -> [Name] {
    let known: [Name] = ["channel", "height", "width"]
    return (0..<count).map { $0 < known.count ? known[$0] : "axis_\($0)" }
  }
}
