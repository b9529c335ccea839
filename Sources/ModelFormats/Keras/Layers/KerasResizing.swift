import ComputationGraphs
import Names
import Tensors

/// A layer that enlarges sequences, images or volumes by repetition or interpolation.
struct KerasUpSampling: KerasOperation {
  let factors: [Int]
  let isBilinear: Bool
  let isChannelsFirst: Bool

  init(_ configuration: KerasConfiguration, axes: Int) throws {
    factors = try configuration.extents("size", axes, default: 2)
    isBilinear =
      try axes == 2
      && configuration.word("interpolation", among: ["nearest", "bilinear"], default: "nearest") == "bilinear"
    isChannelsFirst = try axes > 1 && configuration.isChannelsFirst()
  }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    var value = try inputs.single()
    value.mask = nil
    guard value.rank == factors.count + 2 else {
      throw scope.problem("the layer needs an input of \(factors.count + 2) axes, not \(value.variable.type)")
    }
    for (index, factor) in factors.enumerated() where factor > 1 {
      let axis = try value.axis(index + (isChannelsFirst ? 2 : 1))
      guard let extent = value.variable.shape[axis].fixed, factor <= 1 << 10 else {
        throw scope.problem(
          "axis \(axis) of the input \(value.variable.type) has an unknown extent, or the factor \(factor) is above "
            + "\(1 << 10); save the model with a fixed shape of its input and a smaller factor",
          .incomplete)
      }
      if isBilinear {
        let matrix = try KerasInterpolation.matrix(from: extent, to: extent * factor, type: scope.scalar)
        value.variable = try value.variable.interpolated(
          axis,
          by: scope.declare(
            "interpolation_\(index)", .persistent, matrix, axes: ["from", "to"]))
      } else {
        let rest = value.variable.shape.dropFirst(axis + 1).compactMap(\.fixed)
        guard rest.count == value.rank - axis - 1 else {
          throw scope.problem("the input \(value.variable.type) has unknown extents", .incomplete)
        }
        value.variable = try Variable.stacking(
          [Variable](repeating: value.variable, count: factor), axis: axis + 1
        ).reshaped(keepingAxes: axis, to: [extent * factor] + rest)
      }
    }
    return [value]
  }
}

/// A layer that resizes images.
struct KerasResizing: KerasOperation {
  let size: [Int]
  let isBilinear: Bool
  let isChannelsFirst: Bool

  init(_ configuration: KerasConfiguration) throws {
    size = [try configuration.count("height"), try configuration.count("width")]
    isBilinear =
      try configuration.word("interpolation", among: ["nearest", "bilinear"], default: "bilinear") == "bilinear"
    isChannelsFirst = try configuration.isChannelsFirst()
    for key in ["crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"] as [Name] {
      try configuration.refuse(key, because: "only plain resizing is supported")
    }
  }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    var value = try inputs.single()
    guard value.rank == 4 else { throw scope.problem("the layer needs images, not \(value.variable.type)") }
    for (index, wanted) in size.enumerated() {
      let axis = try value.axis(index + (isChannelsFirst ? 2 : 1))
      guard wanted <= 1 << 16 else {
        throw scope.problem("images of \(wanted) rows or columns are too large", .unsupported)
      }
      guard let extent = value.variable.shape[axis].fixed else {
        throw scope.problem(
          "the input \(value.variable.type) has an unknown extent; save the model with a fixed shape of its input",
          .incomplete)
      }
      guard extent != wanted else { continue }
      let matrix = try KerasInterpolation.matrix(
        from: extent, to: wanted, type: scope.scalar, takesNearest: !isBilinear)
      value.variable = try value.variable.interpolated(
        axis, by: scope.declare("interpolation_\(index)", .persistent, matrix, axes: ["from", "to"]))
    }
    return [value]
  }
}

/// Interpolation as a matrix product. The matrix holds, for each new element, the weights of the old elements.
enum KerasInterpolation {
  /// The matrix (from, to). As in Keras, the new element i is at the position (i + ½) · from / to − ½ among the old elements.
  static func matrix(from old: Int, to new: Int, type: ScalarType, takesNearest: Bool = false) throws -> Tensor {
    let shape = try Shape(checking: [old, new])
    guard old > 0, shape.elementCount <= 1 << 26 else {
      throw KerasProblem(
        .unsupported,
        "an axis of \(old) elements cannot be resized to \(new): it must not be empty, and the product of both at most "
          + "\(1 << 26)")
    }
    var elements = [Double](repeating: 0, count: shape.elementCount)
    for index in 0..<new {
      let place = (Double(index) + 0.5) * Double(old) / Double(new) - 0.5
      if takesNearest {
        let nearest = min(old - 1, Int((Double(index) + 0.5) * Double(old) / Double(new)))
        elements[nearest * new + index] = 1
      } else {
        let bounded = min(max(place, 0), Double(old - 1))
        let first = Int(bounded)
        let second = min(first + 1, old - 1)
        elements[first * new + index] += 1 - (bounded - Double(first))
        elements[second * new + index] += bounded - Double(first)
      }
    }
    return try Tensor(elements, shape: shape).converted(to: type)
  }
}

extension Variable {
  /// Multiplies this variable by a matrix along an axis.
  func interpolated(_ axis: Int, by matrix: Variable) throws -> Variable {
    guard axis != rank - 1 else { return try matrixMultiplied(by: matrix) }
    var permutation = Array(0..<rank)
    permutation.swapAt(axis, rank - 1)
    return try transposed(permutation).matrixMultiplied(by: matrix).transposed(permutation)
  }
}
