import ComputationGraphs
import Tensors

extension ONNXOperators {
  /// Operators that change the size of images, axis by axis.
  static let resizing: [String: ONNXOperator] = [
    "Resize": ONNXOperator { node in try node.output(Resampling(resize: node).resized(node.floating(0))) },
    "Upsample": ONNXOperator { node in try node.output(Resampling(upsample: node).resized(node.floating(0))) },
  ]
}

/// Imports a `Resize` or `Upsample` node, which interpolates an image at new positions along each axis.
private struct Resampling {
  private let node: ONNXNode
  private let mode: String
  private let transformation: String
  private let rounding: String
  private let cubic: Double
  private let excludesOutside: Bool
  /// The axes that change, with the new extent and the ratio of the new extent to the old one.
  private var axes: [(axis: Int, extent: Int, scale: Double)] = []

  init(upsample node: ONNXNode) throws {
    self.node = node
    mode = try node.text("mode") ?? "nearest"
    (transformation, rounding, cubic, excludesOutside) = ("asymmetric", "floor", -0.75, false)
    let scales = try node.numbers("scales") ?? node.known(1, "scales").tensor.doubles
    try add(scales: scales, axes: nil)
  }

  init(resize node: ONNXNode) throws {
    self.node = node
    mode = try node.text("mode") ?? "nearest"
    let isFirstVersion = node.operatorSet < 11
    transformation = try node.text("coordinate_transformation_mode") ?? (isFirstVersion ? "asymmetric" : "half_pixel")
    rounding = try node.text("nearest_mode") ?? (isFirstVersion ? "floor" : "round_prefer_floor")
    cubic = try node.number("cubic_coeff_a") ?? -0.75
    excludesOutside = try node.integer("exclude_outside") ?? 0 != 0
    node.ignoreAttributes("extrapolation_value")
    guard transformation != "tf_crop_and_resize" else {
      throw node.unsupported("the transformation tf_crop_and_resize")
    }
    guard try node.integer("antialias") ?? 0 == 0 else { throw node.unsupported("antialias 1") }
    let axes = try node.integers("axes")
    let policy = try node.text("keep_aspect_ratio_policy") ?? "stretch"
    let scalesInput = isFirstVersion ? 1 : 2
    if node.has(3) {
      try add(sizes: node.integers(3, "sizes"), axes: axes, policy: policy)
    } else {
      try add(scales: node.known(scalesInput, "scales").tensor.doubles, axes: axes)
    }
  }

  private func targets(_ axes: [Int]?, count: Int) throws -> [(axis: Int, old: Int?)] {
    let shape = try node.value(0).shape
    let axes = try axes.map { try node.axes($0, rank: shape.count) } ?? Array(shape.indices)
    guard axes.count == count else { throw node.malformed("\(count) numbers do not fit \(axes.count) axes") }
    return axes.map { ($0, shape[$0].fixed) }
  }

  private mutating func add(scales: [Double], axes: [Int]?) throws {
    for ((axis, old), scale) in zip(try targets(axes, count: scales.count), scales) where scale != 1 {
      guard let old else { throw node.unsupported("resizing the dynamic axis \(axis)") }
      let extent = (Double(old) * scale).rounded(.down)
      if transformation == "align_corners", mode != "nearest", extent != Double(old) * scale {
        throw node.unsupported(
          "align_corners with the scale \(scale) of the extent \(old) (give sizes instead of scales)")
      }
      guard scale > 0, extent >= 1, extent <= Double(Windows.largest) else {
        throw node.malformed("the scale \(scale) is not possible for an axis of extent \(old)")
      }
      self.axes.append((axis, Int(extent), scale))
    }
  }

  private mutating func add(sizes: [Dimension], axes: [Int]?, policy: String) throws {
    let shape = try node.value(0).shape.map(Dimension.init)
    // Dynamic axes keep their extents.
    let targets = zip(try targets(axes, count: sizes.count), sizes).filter { target, size in
      target.old != nil || size != shape[target.axis]
    }
    let changes = try targets.map { target, size in
      guard let old = target.old, old > 0, let new = size.fixed else {
        throw node.unsupported("resizing axis \(target.axis), which is empty, or whose old or new extent is dynamic")
      }
      guard (1...Windows.largest).contains(new) else { throw node.malformed("the sizes \(sizes) are not possible") }
      return (axis: target.axis, old: old, new: new)
    }
    let ratios = changes.map { Double($0.new) / Double($0.old) }
    let ratio = policy == "stretch" ? nil : policy == "not_larger" ? ratios.min() : ratios.max()
    for (axis, old, size) in changes {
      let extent = ratio.map { Int(exactly: (Double(old) * $0).rounded(.toNearestOrAwayFromZero)) } ?? size
      guard let extent, (1...Windows.largest).contains(extent) else {
        throw node.malformed("the sizes \(sizes) are not possible")
      }
      if extent != old { self.axes.append((axis, extent, ratio ?? Double(extent) / Double(old))) }
    }
  }

  func resized(_ image: Variable) throws -> Variable {
    try axes.reduce(image) { image, change in
      guard let old = image.shape[change.axis].fixed, old > 0 else {
        throw node.unsupported("resizing axis \(change.axis), which is empty or dynamic")
      }
      let places = (0..<change.extent).map { place($0, old: old, new: change.extent, change.scale) }
      if mode == "nearest" {
        let rows = places.map { Int64(min(max(rounded($0), 0), old - 1)) }
        return try node.gather(image, axis: change.axis, rows: rows)
      }
      let shape = try Shape(checking: [old, change.extent])
      try node.checkAffordable(shape, as: .float64)
      var matrix = [Double](repeating: 0, count: shape.elementCount)
      for (new, place) in places.enumerated() {
        for (source, weight) in try weights(at: place, old: old) { matrix[source * change.extent + new] += weight }
      }
      let tensor = try Tensor(matrix, shape: shape).converted(to: image.type.scalar)
      let weights = try node.variable(.known(KnownValue(tensor: tensor, type: node.value(0).type)))
      return try node.movingAxis(change.axis, toEndOf: image) { try $0.matrixMultiplied(by: weights) }
    }
  }

  /// The position on the old axis that corresponds to an element of the new axis.
  private func place(_ index: Int, old: Int, new: Int, _ scale: Double) -> Double {
    let index = Double(index)
    switch transformation {
    case "align_corners": return new == 1 ? 0 : index * Double(old - 1) / Double(new - 1)
    case "asymmetric": return index / scale
    case "pytorch_half_pixel": return new > 1 ? (index + 0.5) / scale - 0.5 : 0
    case "half_pixel_symmetric":
      let adjustment = Double(new) / (scale * Double(old))
      return Double(old) / 2 * (1 - adjustment) + (index + 0.5) / scale - 0.5
    default: return (index + 0.5) / scale - 0.5
    }
  }

  private func rounded(_ place: Double) -> Int {
    switch rounding {
    case "floor": Int(place.rounded(.down))
    case "ceil": Int(place.rounded(.up))
    case "round_prefer_ceil": Int((place + 0.5).rounded(.down))
    default: Int((place - 0.5).rounded(.up))
    }
  }

  /// The elements of the old axis, with weights, whose weighted mean is an element of the new axis.
  private func weights(at place: Double, old: Int) throws -> [(index: Int, weight: Double)] {
    let start = Int(place.rounded(.down))
    let rest = place - Double(start)
    let weighted: [(index: Int, weight: Double)]
    switch mode {
    case "linear", "bilinear", "trilinear": weighted = [(start, 1 - rest), (start + 1, rest)]
    case "cubic":
      let a = cubic
      func near(_ x: Double) -> Double { ((a + 2) * x - (a + 3)) * x * x + 1 }
      func far(_ x: Double) -> Double { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
      weighted = [
        (start - 1, far(1 + rest)), (start, near(rest)), (start + 1, near(1 - rest)), (start + 2, far(2 - rest)),
      ]
    default: throw node.unsupported("the mode \(mode)")
    }
    guard !excludesOutside else {
      let inside = weighted.filter { (0..<old).contains($0.index) }
      let sum = inside.map(\.weight).reduce(0, +)
      return inside.map { ($0.index, $0.weight / sum) }
    }
    return weighted.map { (min(max($0.index, 0), old - 1), $0.weight) }
  }
}
