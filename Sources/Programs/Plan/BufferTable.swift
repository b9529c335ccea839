import ComputationGraphs
import Tensors

/// A graph, or a part of one, for which there is no plan: the interpreter evaluates it.
struct Unplannable: Error {}

/// The buffers of a program while it is planned.
final class BufferTable {
  /// What a buffer holds.
  enum Content {
    /// Numbers that are known, from a place among all such numbers on.
    case constant(offset: Int)
    /// What an instruction computes, this many numbers.
    case scratch(count: Int)
    /// A row of an array outside of the loop to whose body the buffer belongs.
    case row
  }

  private(set) var contents: [Content] = []
  /// All numbers that are known.
  private(set) var constants: [Float] = []
  private var known: [Tensor: ArrayView] = [:]

  /// A new buffer for a result, its axes in memory in an order of their own.
  func scratch(_ dimensions: [Int], order: [Int]? = nil) throws -> ArrayView {
    let shape = try Shape(checking: dimensions)
    contents.append(.scratch(count: shape.elementCount))
    return ArrayView(buffer: contents.count - 1, dimensions: dimensions, order: order ?? Array(dimensions.indices))
  }

  /// A new buffer that the rows of an array with this view take in turn.
  func row(of source: ArrayView) -> ArrayView {
    contents.append(.row)
    var view = source.row(0)
    view.buffer = contents.count - 1
    view.offset = 0
    return view
  }

  /// The buffer of a known tensor.
  func constant(_ tensor: Tensor) throws -> ArrayView {
    if let view = known[tensor] { return view }
    guard case .float32(let numbers) = tensor.storage else { throw Unplannable() }
    let view = constant(numbers, tensor.shape.dimensions)
    // Large tensors are seldom the same, and comparing them takes time.
    if numbers.count <= 4096 { known[tensor] = view }
    return view
  }

  /// A new buffer of known numbers.
  func constant(_ numbers: [Float], _ dimensions: [Int]) -> ArrayView {
    contents.append(.constant(offset: constants.count))
    constants += numbers
    return ArrayView(buffer: contents.count - 1, dimensions: dimensions)
  }
}
