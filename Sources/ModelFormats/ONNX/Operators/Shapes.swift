import ComputationGraphs
import Names
import Tensors

extension ONNXOperators {
  /// Operators that compute shapes, or change the shape and keep the order of the elements.
  static let shapes: [String: ONNXOperator] = [
    "Shape": .direct { node in
      let shape = try node.value(0).shape
      func bound(_ name: String, _ otherwise: Int) throws -> Int {
        guard let bound = try node.integer(name) else { return otherwise }
        return min(max(bound < 0 ? bound + shape.count : bound, 0), shape.count)
      }
      let (start, end) = (try bound("start", 0), try bound("end", shape.count))
      return [try SymbolicIntegers(shape[start..<max(start, end)].map(Dimension.init)).value()]
    },
    "Size": .direct { node in
      guard let count = Dimension.product(try node.value(0).shape.map(Dimension.init)) else {
        throw node.malformed("the input has too many elements")
      }
      return [try SymbolicIntegers([count], shape: []).value()]
    },
    "Reshape": .direct(reshape),
    "Flatten": .direct { node in
      let shape = try node.value(0).shape.map(Dimension.init)
      let axis = try node.integer("axis") ?? 1
      let position = axis < 0 ? axis + shape.count : axis
      guard (0...shape.count).contains(position), let first = Dimension.product(shape[..<position]),
        let second = Dimension.product(shape[position...])
      else { throw node.malformed("axis \(axis) is out of range for a value of rank \(shape.count)") }
      return [try node.reshaped(node.value(0), to: [first, second])]
    },
    "Squeeze": .direct { node in
      let shape = try node.value(0).shape
      let given = try node.axes(input: 1, since: 13)
      let axes = try given.map { try node.axes($0, rank: shape.count) } ?? shape.indices.filter { shape[$0] == 1 }
      guard axes.allSatisfy({ shape[$0] == 1 }) else {
        throw node.malformed("the axes \(axes) of \(shape) are not all of extent 1")
      }
      let kept = shape.indices.filter { !axes.contains($0) }.map { Dimension(shape[$0]) }
      return [try node.reshaped(node.value(0), to: kept)]
    },
    "Unsqueeze": .direct { node in
      let shape = try node.value(0).shape.map(Dimension.init)
      guard let given = try node.axes(input: 1, since: 13) else { throw node.malformed("the axes are missing") }
      let axes = try node.axes(given, rank: shape.count + given.count)
      if case .variable(let variable, let type) = try node.value(0) {
        return [.variable(try axes.sorted().reduce(variable) { try $0.expandingDimensions(at: $1) }, type)]
      }
      var result = shape
      for axis in axes.sorted() { result.insert(Dimension(1), at: axis) }
      return [try node.reshaped(node.value(0), to: result)]
    },
    "Expand": .direct(expand),
    "Identity": .direct { node in
      // Exporters use this operator if several modules have the same initializer.
      guard case .known(var known) = try node.value(0), let output = node.proto.output.first,
        known.source != nil, ModulePath.parameter(Name(output)) != nil
      else { return [try node.value(0)] }
      known.source = Name(output)
      return [.known(known)]
    },
    "Dropout": .direct { node in
      node.ignoreAttributes("ratio", "seed", "is_test")
      if node.has(2) {
        guard try node.known(2, "training_mode").tensor.doubles.allSatisfy({ $0 == 0 }) else {
          throw node.unsupported("training_mode true (export the model after model.eval())")
        }
      }
      return [try node.value(0)]
    },
  ]

  private static func reshape(_ node: ONNXNode) throws -> [ONNXValue] {
    let allowsZero = try node.integer("allowzero") ?? 0 != 0
    let old = try node.value(0).shape.map(Dimension.init)
    var target = try node.integers("shape").map { $0.map { Dimension($0) } } ?? node.integers(1, "shape")
    for index in target.indices where target[index] == Dimension(0) && !allowsZero {
      guard index < old.count else { throw node.malformed("the shape \(target) copies an axis that does not exist") }
      target[index] = old[index]
    }
    let open = target.indices.filter { target[$0] == Dimension(-1) }
    if let index = open.first {
      let others = Dimension.product(target.indices.filter { $0 != index }.map { target[$0] })
      guard open.count == 1, let total = Dimension.product(old), let others, let rest = total.divided(by: others),
        rest.multiplied(by: others) == total
      else { throw node.malformed("the shape \(target) does not fit \(old)") }
      target[index] = rest
    }
    return [try node.reshaped(node.value(0), to: target)]
  }

  private static func expand(_ node: ONNXNode) throws -> [ONNXValue] {
    let wanted = try node.integers(1, "shape")
    let old = try node.value(0).shape.map(Dimension.init)
    let rank = max(old.count, wanted.count)
    let (first, second) = (
      [Dimension](repeating: Dimension(1), count: rank - old.count) + old,
      [Dimension](repeating: Dimension(1), count: rank - wanted.count) + wanted
    )
    let target = try zip(first, second).map { first, second in
      guard first == second || first == Dimension(1) || second == Dimension(1) else {
        throw node.malformed("the shapes \(old) and \(wanted) do not broadcast together")
      }
      return first == Dimension(1) ? second : first
    }
    if target == old { return [try node.value(0)] }
    if let integers = try node.value(0).integers {
      let ones = try Shape(checking: node.fixed(target))
      try node.checkAffordable(ones, as: .int64)
      let filled = SymbolicIntegers(
        [Dimension](repeating: Dimension(0), count: ones.elementCount), shape: ones.dimensions)
      return [try node.broadcast(integers, filled, node.value(0).type) { left, _ in left }]
    }
    if case .known(var known) = try node.value(0), target.allSatisfy({ $0.fixed != nil }) {
      let shape = try Shape(checking: node.fixed(target))
      try node.checkAffordable(shape, as: known.tensor.type)
      known.tensor = try known.tensor.broadcast(to: shape)
      known.source = nil
      return [.known(known)]
    }
    return try node.output(node.expanded(node.variable(0), to: target))
  }
}

extension ONNXNode {
  /// Converts dimensions to integers, and throws an error if one of them depends on a dynamic axis.
  func fixed(_ dimensions: [Dimension]) throws -> [Int] {
    try dimensions.map { dimension in
      guard let number = dimension.fixed else { throw unsupported("the symbolic dimension \(dimension)") }
      return number
    }
  }

  /// Reshapes a value.
  func reshaped(_ value: ONNXValue, to target: [Dimension]) throws -> ONNXValue {
    switch value {
    case .variable(let variable, let type): return .variable(try reshape(variable, to: target), type)
    case .known(var known):
      known.tensor = try known.tensor.reshaped(to: Shape(checking: fixed(target)))
      return .known(known)
    case .symbolic(var integers):
      integers.shape = try fixed(target)
      guard try Shape(checking: integers.shape).elementCount == integers.elements.count else {
        throw malformed("\(integers.elements.count) elements cannot be reshaped to \(target)")
      }
      return .symbolic(integers)
    case .sequence: throw unsupported("a sequence as an input")
    }
  }

  /// Reshapes a variable, which may have dynamic axes. The row-major order of the elements does not change.
  func reshape(_ variable: Variable, to target: [Dimension]) throws -> Variable {
    let old = variable.shape.map(Dimension.init)
    guard old != target else { return variable }
    // A value without elements only has to keep its dynamic axes.
    let isEmpty = old.contains(Dimension(0))
    let kept = zip(old, target).prefix { $0 == $1 && (!isEmpty || $0.fixed == nil) }.count
    let rest = target[kept...].compactMap(\.fixed)
    if rest.count == target.count - kept, old[kept...].allSatisfy({ $0.fixed != nil }) {
      guard rest.allSatisfy({ $0 >= 0 }) else { throw malformed("the shape \(target) is negative") }
      return try variable.reshaped(keepingAxes: kept, to: rest)
    }
    // A single dynamic axis in the middle is moved to the front and then back, if the products of the extents before and after it
    // do not change.
    let open = (old.indices.filter { old[$0].fixed == nil }, target.indices.filter { target[$0].fixed == nil })
    guard open.0.count == 1, open.1.count == 1, old[open.0[0]] == target[open.1[0]] else {
      throw unsupported(
        "the shape \(target) of a value \(variable.type) (give the inputs fixed shapes with --input-shape)")
    }
    let (from, to) = (open.0[0], open.1[0])
    guard Dimension.product(old[..<from]) == Dimension.product(target[..<to]),
      Dimension.product(old[(from + 1)...]) == Dimension.product(target[(to + 1)...])
    else { throw unsupported("the shape \(target) of a value \(variable.type)") }
    var front = Array(old.indices)
    front.remove(at: from)
    let moved = try variable.transposed([from] + front)
    var others = target
    others.remove(at: to)
    let reshaped = try moved.reshaped(keepingAxes: 1, to: fixed(others))
    let back = target.indices.map { $0 == to ? 0 : $0 < to ? $0 + 1 : $0 }
    return try reshaped.transposed(back)
  }

  /// Repeats a variable along axes of extent 1, and along new leading axes.
  func expanded(_ variable: Variable, to target: [Dimension]) throws -> Variable {
    var result = variable
    while result.rank < target.count { result = try result.expandingDimensions(at: 0) }
    for axis in target.indices where result.shape[axis] == 1 && target[axis] != Dimension(1) {
      let pattern = try pattern(of: target[axis])
      var rest = result.shape.map(Dimension.init)
      rest.remove(at: axis)
      let copies = try reshape(result, to: rest).repeated(like: pattern.variable, axis: pattern.axis)
      let permutation = target.indices.map { $0 == axis ? 0 : $0 < axis ? $0 + 1 : $0 }
      result = try axis == 0 ? copies : copies.transposed(permutation)
    }
    return result
  }

  /// Returns a variable that has an axis of the given extent, and this axis.
  func pattern(of extent: Dimension) throws -> (variable: Variable, axis: Int) {
    guard let extent = extent.extent else { throw unsupported("the symbolic dimension \(extent)") }
    switch extent {
    case .fixed(let count):
      guard count > 0 else { throw unsupported("an empty axis") }
      let one = try builder.constant(0, .float32).expandingDimensions(at: 0)
      return (count == 1 ? one : try one.padded(low: [0], high: [count - 1], with: 0), 0)
    case .symbolic:
      guard let known = importer.pattern(of: extent) else { throw unsupported("the symbolic dimension \(extent)") }
      return known
    }
  }
}
