import ComputationGraphs
import Platform
import Tensors

/// The error for a part of a graph that cannot be planned. The interpreter evaluates the graph instead.
struct Unplannable: Error {}

/// The buffers of a program during planning.
final class BufferTable {
  /// The contents of a buffer.
  enum Content {
    /// Numbers that are known during planning, at an offset in the block of constants.
    case constant(offset: Int)
    /// Space for the given number of results of an instruction.
    case scratch(count: Int)
    /// A row or some rows of an array outside of the loop. The buffer belongs to the body of the loop.
    case row
  }

  private(set) var contents: [Content] = []
  /// The functions that write the numbers of the constant buffers, and the size of the block that holds the numbers.
  private var constants: [(offset: Int, write: (UnsafeMutablePointer<Float>) -> Void)] = []
  private var constantCount = 0
  private var known: [Tensor: ArrayView] = [:]
  /// Comparing larger tensors takes time, and they are seldom equal.
  private static let mostComparedNumbers = 1 << 15

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
    guard case .float32(let numbers) = tensor.storage else { throw Unplannable() }
    if numbers.count <= Self.mostComparedNumbers, let view = known[tensor] { return view }
    let view = constant(tensor.shape.dimensions) { $0.update(from: numbers, count: numbers.count) }
    if numbers.count <= Self.mostComparedNumbers { known[tensor] = view }
    return view
  }

  /// A new buffer of known numbers. A function writes them when planning is done.
  func constant(_ dimensions: [Int], _ write: @escaping (UnsafeMutablePointer<Float>) -> Void) -> ArrayView {
    contents.append(.constant(offset: constantCount))
    constants.append((constantCount, write))
    let view = ArrayView(buffer: contents.count - 1, dimensions: dimensions)
    constantCount += view.elementCount.dividedRoundingUp(by: FloatBlock.lineCount) * FloatBlock.lineCount
    return view
  }

  /// The numbers of all constant buffers.
  func constantBlock() -> FloatBlock {
    let block = FloatBlock(count: constantCount)
    for (offset, write) in constants { write(block.start + offset) }
    return block
  }
}

extension Shape {
  /// Whether this machine has the memory for floats of this shape.
  var fitsMemory: Bool { (try? checkFitsMemory(as: .float32)) != nil }
}
