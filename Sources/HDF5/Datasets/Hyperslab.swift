import CHDF5

/// A regular selection of elements: along each axis, `count` positions from `start` on, with the distance `stride`.
public struct Hyperslab: Hashable, Sendable {
  /// The first position along each axis.
  public var start: [Int]
  /// The number of positions along each axis.
  public var count: [Int]
  /// The distance between positions along each axis, at least 1.
  public var stride: [Int]

  /// Creates a selection. Without strides, its positions are adjacent.
  public init(start: [Int], count: [Int], stride: [Int]? = nil) {
    self.start = start
    self.count = count
    self.stride = stride ?? [Int](repeating: 1, count: start.count)
  }

  /// Creates the selection of all elements inside the given ranges, one range for each axis.
  public init(_ ranges: [Range<Int>]) {
    self.init(start: ranges.map(\.lowerBound), count: ranges.map(\.count))
  }

  /// The number of elements that are selected in a dataset of the given extents.
  ///
  /// - Throws: `.shapeMismatch` if the selection is not inside the extents.
  func elementCount(in dimensions: [Int], at location: Location) throws -> Int {
    guard start.count == dimensions.count, count.count == dimensions.count, stride.count == dimensions.count else {
      throw location.error(
        .shapeMismatch, "a selection needs one start, count and stride for each of the \(dimensions.count) axes")
    }
    for axis in dimensions.indices {
      let isInside: Bool
      if start[axis] < 0 || count[axis] < 0 || stride[axis] < 1 {
        isInside = false
      } else if count[axis] == 0 {
        isInside = start[axis] <= dimensions[axis]
      } else {
        let (span, overflow) = (count[axis] - 1).multipliedReportingOverflow(by: stride[axis])
        isInside = !overflow && start[axis] < dimensions[axis] && span < dimensions[axis] - start[axis]
      }
      guard isInside else {
        throw location.error(
          .shapeMismatch,
          "the selection (start \(start[axis]), count \(count[axis]), stride \(stride[axis])) is not inside axis \(axis), "
            + "which has the extent \(dimensions[axis])"
        )
      }
    }
    guard let total = Dataspace.elementCount(of: count) else {
      throw location.error(.shapeMismatch, "the selection of \(count) is beyond what a machine can address")
    }
    return total
  }

  /// Selects these elements in a copy of a dataset's dataspace. Call it under the lock, after ``elementCount(in:at:)``.
  func select(in space: hid_t, at location: Location) throws {
    guard !start.isEmpty else { return }
    let status = H5Sselect_hyperslab(
      space, H5S_SELECT_SET, start.map { hsize_t($0) }, stride.map { hsize_t($0) }, count.map { hsize_t($0) }, nil)
    try location.check(status, "could not select elements")
  }
}
