import ComputationGraphs
import Names
import Tensors

extension ONNXOperators {
  /// Operators that join, cut and order elements.
  static let arrangements: [String: ONNXOperator] = [
    "Concat": .direct(concatenation), "Split": .direct(split),
    "Transpose": .direct { node in
      let rank = try node.value(0).shape.count
      let permutation = try node.integers("perm") ?? Array((0..<rank).reversed())
      guard permutation.sorted() == Array(0..<rank) else {
        throw node.malformed("perm \(permutation) does not name each axis once")
      }
      guard case .known(var known) = try node.value(0) else {
        let variable = try node.variable(0)
        return try node.output(permutation == Array(0..<rank) ? variable : variable.transposed(permutation))
      }
      known.tensor = try known.tensor.transposed(permutation)
      known.conversion =
        known.conversion.isEmpty ? "transposed by \(permutation)" : "\(known.conversion), transposed by \(permutation)"
      return [.known(known)]
    },
    "Pad": .direct(pad), "Tile": .direct(tile),
    "DepthToSpace": ONNXOperator { node in
      let (input, block) = try node.blocks()
      guard let channels = input.shape[1].fixed, channels % (block * block) == 0 else {
        throw node.malformed(
          "the number of channels of \(input.type) must be known and divisible by \(block)² = \(block * block)")
      }
      let shape = input.shape.map(Dimension.init)
      let size = Dimension(block)
      let count = Dimension(channels / (block * block))
      let isDepthFirst = try node.text("mode") ?? "DCR" == "DCR"
      let parts = try node.reshape(
        input, to: [shape[0]] + (isDepthFirst ? [size, size, count] : [count, size, size]) + shape[2...])
      let moved = try parts.transposed(isDepthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3])
      return try node.output(
        node.reshape(moved, to: [shape[0], count] + shape[2...].map { $0.multiplied(by: size) ?? $0 }))
    },
    "SpaceToDepth": ONNXOperator { node in
      let (input, block) = try node.blocks()
      let shape = input.shape.map(Dimension.init)
      let size = Dimension(block)
      guard let height = input.shape[2].fixed, let width = input.shape[3].fixed, height % block == 0,
        width % block == 0,
        let channels = shape[1].multiplied(by: Dimension(block * block))
      else { throw node.malformed("height and width of \(input.type) must be known and divisible by \(block)") }
      let (rows, columns) = (Dimension(height / block), Dimension(width / block))
      let parts = try node.reshape(input, to: [shape[0], shape[1], rows, size, columns, size])
      return try node.output(
        node.reshape(parts.transposed([0, 3, 5, 1, 2, 4]), to: [shape[0], channels, rows, columns]))
    },
  ]

  private static func concatenation(_ node: ONNXNode) throws -> [ONNXValue] {
    guard let given = try node.integer("axis"), !node.inputs.isEmpty else {
      throw node.malformed("axis or inputs are missing")
    }
    let rank = try node.value(0).shape.count
    let axis = try node.axis(given, rank: rank)
    let values = try node.inputs.indices.map(node.value)
    if rank == 1, !values.contains(where: \.isVariable) {
      try node.importer.take(steps: values.reduce(0) { $0 + ($1.shape[0].fixed ?? 0) }, at: node.label)
    }
    if rank == 1, let lists = values.map(\.integers) as? [SymbolicIntegers] {
      return [try SymbolicIntegers(lists.flatMap(\.elements)).value(values[0].type)]
    }
    return try node.run(
      ONNXOperator { node in
        node.ignoreAttributes("axis")
        let variables = try node.inputs.indices.map(node.variable)
        return try node.output(variables.count == 1 ? variables[0] : Variable.concatenating(variables, axis: axis))
      })
  }

  /// Splits a value along an axis. Without given extents, all parts are equal, except for the last part.
  private static func split(_ node: ONNXNode) throws -> [ONNXValue] {
    let value = try node.value(0)
    let axis = try node.axis(node.integer("axis") ?? 0, rank: value.shape.count)
    guard let extent = value.shape[axis].fixed else { throw node.unsupported("splitting the dynamic axis \(axis)") }
    let count = try node.integer("num_outputs") ?? node.proto.output.count
    var parts = try node.integers("split")
    if parts == nil, node.has(1) { parts = try node.numbers(1, "split") }
    if parts == nil {
      guard (1...ONNXNode.mostParts).contains(count) else {
        throw node.malformed("the number of parts is \(count), not from 1 to \(ONNXNode.mostParts)")
      }
      let size = (extent + count - 1) / count
      parts = (0..<count).map { min(size, max(extent - $0 * size, 0)) }
    }
    return try node.parts(of: value, axis: axis, extents: parts ?? [])
  }

  private static func pad(_ node: ONNXNode) throws -> [ONNXValue] {
    let value = try node.value(0)
    let rank = value.shape.count
    let mode = try node.text("mode") ?? "constant"
    var pads = try node.integers("pads")
    var filling = try node.number("value") ?? 0
    var axes = Array(0..<rank)
    if pads == nil {
      pads = try node.numbers(1, "pads")
      if node.has(2), mode == "constant" { filling = try node.known(2, "constant_value").tensor.doubles.first ?? 0 }
      if node.has(3) { axes = try node.axes(node.numbers(3, "axes"), rank: rank) }
    }
    guard let pads, pads.count == 2 * axes.count, pads.allSatisfy((-Windows.largest...Windows.largest).contains) else {
      throw node.malformed(
        "pads must be two numbers for each of \(axes.count) axes, from −\(Windows.largest) to \(Windows.largest)")
    }
    var (low, high) = ([Int](repeating: 0, count: rank), [Int](repeating: 0, count: rank))
    for (position, axis) in axes.enumerated() {
      low[axis] = pads[position]
      high[axis] = pads[position + axes.count]
    }
    let (before, after, number) = (low, high, filling)
    return try node.run(
      ONNXOperator { node in
        node.ignoreAttributes("pads", "value", "mode")
        let input = try node.variable(0)
        guard mode != "constant" else {
          return try node.output(node.padded(input, low: before, high: after, with: number))
        }
        return try node.output(
          (0..<rank).reduce(input) { input, axis in
            guard before[axis] != 0 || after[axis] != 0 else { return input }
            guard let extent = input.shape[axis].fixed, extent > 0, extent + before[axis] + after[axis] >= 0 else {
              throw node.unsupported(
                "padding axis \(axis) of \(input.type) by \(before[axis]) and \(after[axis]): the axis is dynamic or empty, or "
                  + "becomes too short")
            }
            let places = -before[axis]..<(extent + after[axis])
            try node.checkAffordable(Shape(checking: [places.count]), as: .int64)
            let rows = try places.map { try Int64(source(of: $0, extent, mode, node)) }
            return try node.gather(input, axis: axis, rows: rows)
          })
      })
  }

  /// The index of the element that padding copies to a position outside of an axis.
  private static func source(of place: Int, _ extent: Int, _ mode: String, _ node: ONNXNode) throws -> Int {
    switch mode {
    case "edge": return min(max(place, 0), extent - 1)
    case "wrap": return (place % extent + extent) % extent
    case "reflect":
      guard extent > 1 else { return 0 }
      let period = 2 * (extent - 1)
      let rest = (place % period + period) % period
      return rest < extent ? rest : period - rest
    default: throw node.unsupported("the mode \(mode)")
    }
  }

  private static func tile(_ node: ONNXNode) throws -> [ONNXValue] {
    let repeats = try node.numbers(1, "repeats")
    guard try repeats.count == node.value(0).shape.count, repeats.allSatisfy({ $0 >= 1 }) else {
      throw node.malformed("repeats is \(repeats), not one number of at least 1 for each axis")
    }
    return try node.run(
      ONNXOperator { node in
        let input = try node.variable(0)
        return try node.output(
          repeats.indices.reduce(input) { input, axis in
            guard repeats[axis] != 1 else { return input }
            let shape = input.shape.map(Dimension.init)
            let copied = try input.expandingDimensions(at: axis)
            var (target, joined) = (copied.shape.map(Dimension.init), shape)
            target[axis] = Dimension(repeats[axis])
            guard let extent = shape[axis].multiplied(by: target[axis]) else {
              throw node.malformed("the result of repeats \(repeats) is too large")
            }
            joined[axis] = extent
            try Shape(checking: joined.map { $0.fixed ?? 1 }).checkFitsMemory(as: .float64)
            return try node.reshape(node.expanded(copied, to: target), to: joined)
          })
      })
  }
}

extension ONNXNode {
  /// Returns the input as an image, and the size of the blocks into which it is divided.
  fileprivate func blocks() throws -> (Variable, Int) {
    let input = try variable(0)
    guard input.rank == 4, let block = try integer("blocksize"), (1...Windows.largest).contains(block) else {
      throw malformed(
        "\(input.type) is not an image, or blocksize is missing or not from 1 to \(Windows.largest)")
    }
    return (input, block)
  }

  /// Consecutive parts of an axis.
  func parts(of value: ONNXValue, axis: Int, extents: [Int]) throws -> [ONNXValue] {
    var sum = 0
    for extent in extents {
      let (next, overflow) = sum.addingReportingOverflow(extent)
      guard extent >= 0, !overflow else { throw malformed("axis \(axis) cannot have parts of \(extents) elements") }
      sum = next
    }
    guard value.shape[axis] == .fixed(sum) else {
      throw malformed("the parts of \(extents) elements do not add up to axis \(axis) of \(value.shape)")
    }
    var start = 0
    return try extents.map { extent in
      defer { start += extent }
      switch value {
      case .known(var known):
        known.tensor = try known.tensor.slicing(axis: axis, from: start, count: extent)
        known.source = nil
        return .known(known)
      case .symbolic(let integers):
        guard integers.shape.count == 1 else {
          throw unsupported("symbolic dimensions in an array that is not one-dimensional")
        }
        return try SymbolicIntegers(Array(integers.elements[start..<(start + extent)])).value()
      case .variable(let variable, let type):
        return .variable(try variable.slicing(axis: axis, from: start, count: extent), type)
      case .sequence: throw unsupported("a sequence as an input")
      }
    }
  }

  /// The elements along an axis from `start` on, at distances of `step`.
  func slice(_ variable: Variable, axis: Int, from start: Int, step: Int, count: Int) throws -> Variable {
    guard step > 1, count > 1 else { return try variable.slicing(axis: axis, from: start, count: count) }
    guard let extent = variable.shape[axis].fixed else { throw unsupported("slicing the dynamic axis \(axis)") }
    // Divide the axis into rows of `step` elements, and keep the first element of each row.
    let wanted = count * step
    let available = min(wanted, extent - start)
    var part = try variable.slicing(axis: axis, from: start, count: available)
    if available < wanted {
      var high = [Int](repeating: 0, count: part.rank)
      high[axis] = wanted - available
      part = try part.padded(low: [Int](repeating: 0, count: part.rank), high: high, with: 0)
    }
    var shape = part.shape.map(Dimension.init)
    shape[axis] = Dimension(count)
    let final = shape
    shape.insert(Dimension(step), at: axis + 1)
    let rows = try reshape(part, to: shape).slicing(axis: axis + 1, from: 0, count: 1)
    return try reshape(rows, to: final)
  }
}
