import ComputationGraphs
import Names
import Tensors

/// A variable of a Keras layer, and the tensor of the model that contains it.
struct KerasWeight {
  /// The relation between the numbers in the file and the numbers in the model.
  enum Meaning: Hashable {
    /// The numbers are the same.
    case plain
    /// The moving variance of a normalization. The model stores √(variance + ε) as its population statistic, and also the
    /// numbers of the file, so that an export writes exactly the same bits.
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

/// The conversion from a tensor of Keras to a tensor of the model, in steps. Each step can be reversed.
struct KerasConversion: Hashable {
  /// A change of a tensor's axes.
  enum Step: Hashable {
    /// Axis i of the result is axis `permutation[i]`.
    case transpose([Int])
    /// Axis `axis` and the next axis, which has the given extent, become one axis.
    case join(axis: Int, with: Int)
    /// A new axis of extent 1.
    case insert(axis: Int)
    /// Some axes are reversed.
    case flip([Int])
    /// A vector with one element for each channel gets axes of extent 1, so that it broadcasts.
    case channels
  }

  var steps: [Step] = []
  /// A description of the conversion; empty if nothing is converted.
  var description = ""

  /// Converts a tensor of Keras to a tensor of the model.
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

  /// Converts a tensor of the model back to a tensor of Keras. This reverses `converted(_:)`.
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
