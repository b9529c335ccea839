import ComputationGraphs
import Names
import Tensors

extension ONNXOperators {
  /// Operators that choose elements.
  static let selections: [String: ONNXOperator] = [
    "Slice": .direct(slice), "Gather": .direct(gather), "Where": .direct(choice),
    "Trilu": .direct { node in
      let isUpper = try node.integer("upper") ?? 1 != 0
      let shift = node.has(1) ? try node.numbers(1, "k").first ?? 0 : 0
      return try node.run(
        ONNXOperator { node in
          node.ignoreAttributes("upper")
          let input = try node.variable(0)
          let extents = input.shape.suffix(2).compactMap(\.fixed)
          guard extents.count == 2 else { throw node.unsupported("the dynamic axes of \(input.type)") }
          let mask = try node.mask(rows: extents[0], columns: extents[1], like: input) { row, column in
            isUpper ? column - row >= shift : column - row <= shift
          }
          return try node.output(mask.selecting(input, else: node.builder.constant(0, input.type.scalar)))
        })
    },
    "CumSum": .direct { node in
      let rank = try node.value(0).shape.count
      let axis = try node.axis(node.numbers(1, "axis").first ?? 0, rank: rank)
      let isExclusive = try node.integer("exclusive") ?? 0 != 0
      let isReversed = try node.integer("reverse") ?? 0 != 0
      let input = try node.floating(0)
      guard let count = input.shape[axis].fixed else { throw node.unsupported("the dynamic axis \(axis)") }
      let triangle = try node.mask(rows: count, columns: count, like: input) { row, column in
        let distance = isReversed ? row - column : column - row
        return distance > 0 || distance == 0 && !isExclusive
      }
      let rows = input.rank == 1 ? try input.expandingDimensions(at: 0) : input
      let sums = try node.movingAxis(input.rank == 1 ? 1 : axis, toEndOf: rows) {
        try $0.matrixMultiplied(by: triangle)
      }
      return try node.output(node.reshape(sums, to: input.shape.map(Dimension.init)))
    },
  ]

  private static func slice(_ node: ONNXNode) throws -> [ONNXValue] {
    let rank = try node.value(0).shape.count
    var (starts, ends): ([Dimension], [Dimension])
    var (axes, steps): ([Int]?, [Int]?)
    if let first = try node.integers("starts"), let second = try node.integers("ends") {
      (starts, ends) = (first.map { Dimension($0) }, second.map { Dimension($0) })
      axes = try node.integers("axes")
    } else {
      (starts, ends) = (try node.integers(1, "starts"), try node.integers(2, "ends"))
      if node.has(3) { axes = try node.numbers(3, "axes") }
      if node.has(4) { steps = try node.numbers(4, "steps") }
    }
    let resolved = try node.axes(axes ?? Array(starts.indices), rank: rank)
    let distances = steps ?? [Int](repeating: 1, count: starts.count)
    guard starts.count == resolved.count, ends.count == resolved.count, distances.count == resolved.count else {
      throw node.malformed("starts, ends, axes and steps differ in length")
    }
    var result = try node.value(0)
    for (position, axis) in resolved.enumerated() {
      result = try node.sliced(result, axis: axis, starts[position], ends[position], step: distances[position])
    }
    return [result]
  }

  private static func gather(_ node: ONNXNode) throws -> [ONNXValue] {
    let data = try node.value(0)
    let axis = try node.axis(node.integer("axis") ?? 0, rank: data.shape.count)
    let extent = data.shape[axis]
    if case .known(let known) = try node.value(1) {
      guard case .int64(let given) = known.tensor.storage else { throw node.malformed("the indices are not integers") }
      let shape = known.tensor.shape
      if extent.fixed == nil, !given.isEmpty, given.allSatisfy({ $0 < 0 }) {
        // Count from the end of a dynamic axis: element −k is element k − 1 in reversed order.
        let rows = try Tensor(given.map { -1 - $0 }, shape: shape)
        let opposite = try node.variable(data).reversed(axis: axis)
        let indices = try node.variable(.known(KnownValue(tensor: rows, type: .int64)))
        return [.variable(try node.gather(opposite, axis: axis, indices: indices), data.type)]
      }
      let indices = try given.map { index in
        let resolved = index < 0 ? index + Int64(extent.fixed ?? 0) : index
        guard resolved >= 0, resolved < Int64(extent.fixed ?? Windows.largest) else {
          throw node.malformed("index \(index) is out of range for axis \(axis) of extent \(extent)")
        }
        return resolved
      }
      if let integers = data.integers, integers.shape.count == 1 {
        let picked = indices.map { integers.elements[Int($0)] }
        return [try SymbolicIntegers(picked, shape: shape.dimensions).value(data.type)]
      }
      return try node.run(
        ONNXOperator { node in
          node.ignoreAttributes("axis")
          let variable = try node.variable(0)
          let rows = try node.gather(variable, axis: axis, rows: indices)
          var target = rows.shape.map(Dimension.init)
          target.replaceSubrange(axis...axis, with: shape.dimensions.map { Dimension($0) })
          return try node.output(node.reshape(rows, to: target))
        })
    }
    let variable = try node.variable(data)
    guard case .variable(var indices, _) = try node.value(1), indices.type.scalar == .int64 else {
      throw node.unsupported("indices that depend on a dynamic axis, or are not integers")
    }
    if let count = extent.fixed, case .variable = try node.value(1) {
      let isNegative = try indices.compared(with: node.builder.constant(0, .int64), by: .less)
      indices = try isNegative.selecting(indices + Double(count), else: indices)
    }
    return [.variable(try node.gather(variable, axis: axis, indices: indices), data.type)]
  }

  private static func choice(_ node: ONNXNode) throws -> [ONNXValue] {
    let values = (try node.value(1), try node.value(2))
    if let condition = try node.value(0).integers, let first = values.0.integers, let second = values.1.integers {
      // A condition selects between two values. The graph needs two operations for this.
      let type = values.0.type
      let chosen = try node.broadcast(condition, first, type) { condition, value in
        condition == Dimension(0) ? Dimension(0) : value
      }
      let others = try node.broadcast(condition, second, type) { condition, value in
        condition == Dimension(0) ? value : Dimension(0)
      }
      if let chosen = chosen.integers, let others = others.integers {
        return [try node.broadcast(chosen, others, type) { $0.adding($1) }]
      }
    }
    return try node.run(
      ONNXOperator { node in
        let values = (try node.value(1), try node.value(2))
        var scalar = values.0.type.computed ?? .float32
        for case .variable(let variable, _) in [values.0, values.1] { scalar = variable.type.scalar }
        let condition = try node.truth(0, as: scalar)
        let first = try node.truthValue(
          node.variable(values.0, as: scalar), as: values.0.type == .boolean ? scalar : nil)
        let second = try node.truthValue(
          node.variable(values.1, as: scalar), as: values.1.type == .boolean ? scalar : nil)
        return [.variable(try condition.selecting(first, else: second), values.0.type)]
      })
  }
}

extension ONNXNode {
  /// Takes a part of an axis, by ONNX's rules for negative and large bounds.
  fileprivate func sliced(
    _ value: ONNXValue, axis: Int, _ start: Dimension, _ end: Dimension, step: Int
  ) throws -> ONNXValue {
    let extent = Dimension(value.shape[axis])
    guard step != 0, (-Int(Int32.max)...Int(Int32.max)).contains(step) else {
      throw malformed("the step \(step) is not possible")
    }
    // Exporters write a whole axis as a slice from 0 to the extent, or to a huge number.
    let isWhole =
      start == Dimension(0) && step == 1 && (end == extent || end.fixed.map { $0 >= Int(Int32.max) } ?? false)
    if isWhole { return value }
    let isReversal = step == -1 && start == Dimension(-1) && (end.fixed.map { $0 <= -Int(Int32.max) } ?? false)
    if isReversal { return try reversed(value, axis: axis) }
    guard let count = extent.fixed, let first = start.fixed, let last = end.fixed else {
      throw unsupported("slicing axis \(axis) of extent \(extent) from \(start) to \(end)")
    }
    func bound(_ position: Int, _ range: ClosedRange<Int>) -> Int {
      let resolved = position < 0 ? max(position, -count - 1) + count : position
      return min(max(resolved, range.lowerBound), range.upperBound)
    }
    if step > 0 {
      let (from, to) = (bound(first, 0...count), bound(last, 0...count))
      return try taking(value, axis: axis, from: from, step: step, count: max(0, (to - from + step - 1) / step))
    }
    guard count > 0 else { return value }
    // Count the slice from the other end: element i becomes element count − 1 − i.
    let from = bound(first, -1...(count - 1))
    let to = last < -count ? -1 : bound(last, -1...(count - 1))
    let elements = from <= to ? 0 : (from - to - step - 1) / -step
    guard elements > 0 else { return try taking(value, axis: axis, from: 0, step: 1, count: 0) }
    return try taking(reversed(value, axis: axis), axis: axis, from: count - 1 - from, step: -step, count: elements)
  }

  private func reversed(_ value: ONNXValue, axis: Int) throws -> ONNXValue {
    switch value {
    case .known(var known):
      known.tensor = try known.tensor.reversed(axis: axis)
      known.source = nil
      return .known(known)
    case .symbolic(let integers):
      return .symbolic(SymbolicIntegers(integers.elements.reversed(), shape: integers.shape))
    case .variable(let variable, let type): return .variable(try variable.reversed(axis: axis), type)
    case .sequence: throw unsupported("a sequence as an input")
    }
  }

  private func taking(_ value: ONNXValue, axis: Int, from start: Int, step: Int, count: Int) throws -> ONNXValue {
    switch value {
    case .symbolic(let integers):
      guard integers.shape.count == 1 else {
        throw unsupported("symbolic dimensions in an array that is not one-dimensional")
      }
      return try SymbolicIntegers((0..<count).map { integers.elements[start + $0 * step] }).value()
    case .known(var known):
      guard count > 0 else {
        known.tensor = try known.tensor.slicing(axis: axis, from: 0, count: 0)
        return .known(known)
      }
      let indices = (0..<count).map { Int64(start + $0 * step) }
      var front = Array(0..<known.tensor.shape.rank)
      front.swapAt(0, axis)
      known.tensor = try known.tensor.transposed(front).gatheringRows(Tensor(indices, shape: [count])).transposed(front)
      known.source = nil
      return .known(known)
    case .variable(let variable, let type):
      return .variable(try slice(variable, axis: axis, from: start, step: step, count: count), type)
    case .sequence: throw unsupported("a sequence as an input")
    }
  }

  /// Creates a matrix that is 1 where a condition holds and 0 elsewhere. Its elements have the type of a variable.
  fileprivate func mask(
    rows: Int, columns: Int, like variable: Variable, _ isOne: (_ row: Int, _ column: Int) -> Bool
  ) throws -> Variable {
    let shape = try Shape(checking: [rows, columns])
    try checkAffordable(shape, as: .float64)
    let elements = (0..<rows).flatMap { row in (0..<columns).map { isOne(row, $0) ? 1.0 : 0 } }
    let tensor = try Tensor(elements, shape: shape).converted(to: variable.type.scalar)
    return try self.variable(.known(KnownValue(tensor: tensor, type: value(0).type)))
  }

  /// Gathers elements along an axis. The indices are constants that are not negative.
  func gather(_ variable: Variable, axis: Int, rows: [Int64]) throws -> Variable {
    let isRun = !rows.isEmpty && rows.indices.allSatisfy { rows[$0] == rows[0] + Int64($0) }
    if isRun { return try variable.slicing(axis: axis, from: Int(rows[0]), count: rows.count) }
    let tensor = try Tensor(rows, shape: [rows.count])
    return try gather(variable, axis: axis, indices: self.variable(.known(KnownValue(tensor: tensor, type: .int64))))
  }

  /// Gathers elements along an axis. The indices have type int64 and any shape.
  fileprivate func gather(_ variable: Variable, axis: Int, indices: Variable) throws -> Variable {
    guard axis > 0 else { return try variable.gatheringRows(indices) }
    var front = Array(0..<variable.rank)
    front.remove(at: axis)
    let rows = try variable.transposed([axis] + front).gatheringRows(indices)
    // (indices…, before…, after…) → (before…, indices…, after…)
    let own = indices.rank
    return try rows.transposed(Array(own..<(own + axis)) + Array(0..<own) + Array((own + axis)..<rows.rank))
  }
}
