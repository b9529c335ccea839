extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
  /// The number of values that are shown at each end of an axis.
  private static let shownAtEdge = 3

  /// The type, the shape and some values, as NumPy prints an array: `float32 2×3 [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]`.
  ///
  /// An axis with more than six entries is shown with its first three and its last three.
  public var description: String { "\(type.rawValue) \(shape) \(values(from: 0, axis: 0))" }

  /// The description.
  public var debugDescription: String { description }

  private func values(from start: Int, axis: Int) -> String {
    guard axis < shape.rank else { return element(start) }
    let stride = shape.strides[axis]
    func entry(_ index: Int) -> String { values(from: start + index * stride, axis: axis + 1) }
    let count = shape[axis]
    let edge = Tensor.shownAtEdge
    guard count > 2 * edge else { return "[\((0..<count).map(entry).joined(separator: ", "))]" }
    let (first, last) = ((0..<edge).map(entry), (count - edge..<count).map(entry))
    return "[\((first + ["…"] + last).joined(separator: ", "))]"
  }

  private func element(_ index: Int) -> String {
    switch storage {
    case .float32(let elements): "\(elements[index])"
    case .float64(let elements): "\(elements[index])"
    case .int64(let elements): "\(elements[index])"
    }
  }
}
