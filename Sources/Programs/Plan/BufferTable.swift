import ComputationGraphs
import Tensors

/// The error for a part of a graph that cannot be planned. The interpreter evaluates the graph instead.
struct Unplannable: Error {}

/// The buffers of a program during planning.
final class BufferTable {
  /// The contents of a buffer.
  enum Content {
    /// Numbers that are known during planning, at an offset in `constants`.
    case constant(offset: Int)
    /// Space for the given number of results of an instruction.
    case scratch(count: Int)
    /// A row or some rows of an array outside of the loop. The buffer belongs to the body of the loop.
    case row
  }

  private(set) var contents: [Content] = []
  /// The numbers of all constant buffers.
  private(set) var constants: [Float] = []
  private var known: [Tensor: ArrayView] = [:]

  /// A new buffer for a result, with its axes in the given order in memory.
  func scratch(_ dimensions: [Int], order: [Int]? = nil) throws -> ArrayView {
    let shape = try Shape(checking: dimensions)
    guard shape.fitsMemory else { throw Unplannable() }
    contents.append(.scratch(count: shape.elementCount))
    return ArrayView(buffer: contents.count - 1, dimensions: dimensions, order: order ?? Array(dimensions.indices))
  }

  /// A new buffer for the rows of an array with the given view, one row at each step.
  func row(of source: ArrayView) -> ArrayView {
    contents.append(.row)
    var view = source.row(0)
    view.buffer = contents.count - 1
    view.offset = 0
    return view
  }

  /// A new buffer for some rows of an array with the given view. Each step has other rows.
  func block(of source: ArrayView, count: Int) -> ArrayView {
    contents.append(.row)
    var view = source.slice(axis: 0, from: 0, count: count)
    view.buffer = contents.count - 1
    view.offset = 0
    return view
  }

  /// The buffer of a known tensor.
  func constant(_ tensor: Tensor) throws -> ArrayView {
    if let view = known[tensor] { return view }
    guard case .float32(let numbers) = tensor.storage else { throw Unplannable() }
    let view = constant(numbers, tensor.shape.dimensions)
    // Comparing large tensors takes time, and they are seldom equal.
    if numbers.count <= 1 << 15 { known[tensor] = view }
    return view
  }

  /// A new buffer of known numbers.
  func constant(_ numbers: [Float], _ dimensions: [Int]) -> ArrayView {
    contents.append(.constant(offset: constants.count))
    constants += numbers
    return ArrayView(buffer: contents.count - 1, dimensions: dimensions)
  }
}

extension Shape {
  /// Whether this machine has the memory for floats of this shape.
  var fitsMemory: Bool { (try? checkFitsMemory(as: .float32)) != nil }
}
