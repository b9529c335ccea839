import ComputationGraphs
import Names
import Tensors

/// A variable of a Keras layer, and the tensor of our model that holds it.
struct KerasWeight {
  /// What the tensor means, as far as it goes out otherwise than it came in.
  enum Meaning: Hashable {
    /// The numbers themselves.
    case plain
    /// The moving variance of a normalization. The model keeps √(variance + ε) as its population statistic, and the file's own numbers
    /// beside it, for bits.
    case variance
  }

  /// Keras's name, such as `kernel`.
  let name: Name
  /// The name of the tensor in the brick, such as `W`.
  let tensor: Name
  let role: Role
  /// The names of the tensor's axes.
  let axes: [Name]
  let conversion: KerasConversion
  let isTrainable: Bool
  let meaning: Meaning

  init(
    _ name: Name, as tensor: Name, _ role: Role, axes: [Name], _ conversion: KerasConversion = KerasConversion(),
    isTrainable: Bool = true, meaning: Meaning = .plain
  ) {
    self.name = name
    self.tensor = tensor
    self.role = role
    self.axes = axes
    self.conversion = conversion
    self.isTrainable = isTrainable
    self.meaning = meaning
  }

  /// The vector that is added to every output.
  static func bias(_ axis: Name = "output") -> KerasWeight { KerasWeight("bias", as: "b", .bias, axes: [axis]) }
}

/// The way from a tensor of Keras to ours, step by step; each step can be undone.
struct KerasConversion: Hashable {
  /// A change of a tensor's axes.
  enum Step: Hashable {
    /// Axis i of the result is axis `permutation[i]`.
    case transpose([Int])
    /// Axis `axis` and the next one, of this extent, become one.
    case join(axis: Int, with: Int)
    /// A new axis of extent 1.
    case insert(axis: Int)
    /// The opposite order along some axes.
    case flip([Int])
    /// One element for each channel; ours has axes of extent 1 beside that of the channels.
    case channels
  }

  var steps: [Step] = []
  /// The conversion in words; empty if there is none.
  var description = ""

  /// Our tensor for one of Keras.
  func converted(_ tensor: Tensor) throws(TensorError) -> Tensor {
    var tensor = tensor
    for step in steps {
      switch step {
      case .transpose(let permutation): tensor = try tensor.transposed(permutation)
      case .join(let axis, let count):
        var extents = tensor.shape.dimensions
        guard extents.indices.contains(axis + 1), extents[axis + 1] == count else {
          throw TensorError(.shapeMismatch, "shape \(tensor.shape) has no axis \(axis + 1) of extent \(count)")
        }
        extents[axis] *= extents.remove(at: axis + 1)
        tensor = try tensor.reshaped(to: Shape(checking: extents))
      case .insert(let axis): tensor = try tensor.expandingDimensions(at: axis)
      case .flip(let axes): for axis in axes { tensor = try tensor.reversed(axis: axis) }
      case .channels: break
      }
    }
    return tensor
  }

  /// Keras's tensor for one of ours: what `converted(_:)` made it of.
  func restored(_ tensor: Tensor) throws(TensorError) -> Tensor {
    var tensor = tensor
    for step in steps.reversed() {
      switch step {
      case .transpose(let permutation):
        var inverse = permutation
        for (position, axis) in permutation.enumerated() where inverse.indices.contains(axis) {
          inverse[axis] = position
        }
        tensor = try tensor.transposed(inverse)
      case .join(let axis, let count):
        var extents = tensor.shape.dimensions
        guard extents.indices.contains(axis), count > 0, extents[axis] % count == 0 else {
          throw TensorError(
            .shapeMismatch, "axis \(axis) of shape \(tensor.shape) does not consist of parts of \(count)")
        }
        extents[axis] /= count
        extents.insert(count, at: axis + 1)
        tensor = try tensor.reshaped(to: Shape(checking: extents))
      case .insert(let axis): tensor = try tensor.squeezing(at: axis)
      case .flip(let axes): for axis in axes { tensor = try tensor.reversed(axis: axis) }
      case .channels: tensor = try tensor.reshaped(to: Shape([tensor.shape.elementCount]))
      }
    }
    return tensor
  }
}
