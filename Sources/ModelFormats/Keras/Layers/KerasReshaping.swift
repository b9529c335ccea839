import ComputationGraphs
import JSON
import Names

/// A layer that joins all axes after the batch into one, in Keras's order.
struct KerasFlatten: KerasOperation {
  let isChannelsFirst: Bool

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let value = try inputs.single()
    var variable: Variable
    if value.variable.shape.dropFirst(2).allSatisfy({ $0 == 1 }) {
      // With a single pixel, both orders are the same.
      variable = value.variable
    } else {
      variable = try value.inKerasOrder()
      // Before flattening, Keras moves the channels of channels-first images to the end.
      if isChannelsFirst, variable.rank > 2 {
        variable = try variable.transposed([0] + Array(2..<variable.rank) + [1])
      }
    }
    guard variable.rank > 1 else { return [KerasValue(try variable.expandingDimensions(at: 1))] }
    return [KerasValue(try variable.flattened())]
  }
}

/// A layer that gives each example a new shape. One extent may be −1.
struct KerasReshape: KerasOperation {
  let target: [Int]

  init(_ configuration: KerasConfiguration) throws {
    target = try configuration.integers("target_shape")
    guard target.allSatisfy({ $0 >= -1 && $0 <= 1 << 40 }), target.filter({ $0 == -1 }).count <= 1, target.count <= 31
    else {
      throw configuration.problem("\"target_shape\" is \(target); it must be at most 31 extents, with at most one −1")
    }
  }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let variable = try inputs.single().inKerasOrder()
    let extents = variable.shape.dropFirst().compactMap(\.fixed)
    guard extents.count == variable.rank - 1 else {
      throw scope.problem(
        "the input \(variable.type) has unknown extents; save the model with a fixed shape of its input", .incomplete)
    }
    // The extents of variables were checked, so their product does not overflow. The product of the target's extents may overflow.
    let count = extents.reduce(1, *)
    var known = 1
    for extent in target where extent != -1 {
      let (product, overflow) = known.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw scope.problem("the shape \(target) is too large") }
      known = product
    }
    guard !target.contains(-1) || (known > 0 && count % known == 0) else {
      throw scope.problem("\(count) elements cannot be reshaped to \(target)")
    }
    return [KerasValue(try variable.reshaped(to: target.map { $0 == -1 ? count / known : $0 }))]
  }
}

/// A layer that reorders the axes of each example.
struct KerasPermute: KerasOperation {
  let dimensions: [Int]

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let variable = try inputs.single().inKerasOrder()
    guard dimensions.sorted() == Array(1..<max(1, variable.rank)) else {
      throw scope.problem(
        "\"dims\" is \(dimensions); it must name each axis of \(variable.type) exactly once, without the batch")
    }
    return [KerasValue(try variable.transposed([0] + dimensions))]
  }
}

/// A layer that repeats a vector along a new axis 1.
struct KerasRepeatVector: KerasOperation {
  let count: Int

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let variable = try inputs.single().inKerasOrder()
    guard count <= 1 << 16 else { throw scope.problem("\(count) copies are not supported", .unsupported) }
    return [KerasValue(try Variable.stacking([Variable](repeating: variable, count: count), axis: 1))]
  }
}

/// A layer that puts zeros around sequences, images or volumes.
struct KerasZeroPadding: KerasOperation {
  let margins: [(low: Int, high: Int)]
  let isChannelsFirst: Bool

  init(_ configuration: KerasConfiguration, axes: Int) throws {
    margins = try configuration.margins("padding", axes)
    isChannelsFirst = try configuration.isChannelsFirst()
  }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let value = try inputs.single()
    guard value.rank == margins.count + 2 else {
      throw scope.problem("the layer needs an input of \(margins.count + 2) axes, not \(value.variable.type)")
    }
    var (low, high) = ([Int](repeating: 0, count: value.rank), [Int](repeating: 0, count: value.rank))
    for (index, margin) in margins.enumerated() {
      let axis = try value.axis(index + (isChannelsFirst ? 2 : 1))
      (low[axis], high[axis]) = (margin.low, margin.high)
    }
    return [
      KerasValue(
        try value.variable.padded(low: low, high: high, interior: low.map { _ in 0 }, with: 0),
        hasChannelsInFront: value.hasChannelsInFront)
    ]
  }
}

/// A layer that removes the margins of sequences, images or volumes.
struct KerasCropping: KerasOperation {
  let margins: [(low: Int, high: Int)]
  let isChannelsFirst: Bool

  init(_ configuration: KerasConfiguration, axes: Int) throws {
    margins = try configuration.margins("cropping", axes)
    isChannelsFirst = try configuration.isChannelsFirst()
  }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    var value = try inputs.single()
    value.mask = nil
    guard value.rank == margins.count + 2 else {
      throw scope.problem("the layer needs an input of \(margins.count + 2) axes, not \(value.variable.type)")
    }
    for (index, margin) in margins.enumerated() {
      let axis = try value.axis(index + (isChannelsFirst ? 2 : 1))
      guard let extent = value.variable.shape[axis].fixed, margin.low + margin.high < extent else {
        throw scope.problem("\(margin.low) and \(margin.high) elements cannot be cropped from \(value.variable.type)")
      }
      value.variable = try value.variable.slicing(
        axis: axis, from: margin.low, count: extent - margin.low - margin.high)
    }
    return [value]
  }
}
