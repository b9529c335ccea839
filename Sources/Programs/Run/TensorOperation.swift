import ComputationGraphs
import Tensors

/// An operation that has no kernel: evaluated on tensors, as the interpreter does.
struct TensorOperation: Instruction {
  /// An operand: known when the program was planned, or computed by it.
  enum Operand: Sendable {
    case known(Tensor)
    /// A row-major view.
    case view(ArrayView)
  }

  let operation: GraphOperation
  let operands: [Operand]
  /// Row-major.
  let result: ArrayView

  var reads: [ArrayView] {
    operands.compactMap { if case .view(let view) = $0 { view } else { nil } }
  }
  var writes: [ArrayView] { [result] }

  func run(in memory: Memory) throws {
    let tensors = try operands.map { operand in
      switch operand {
      case .known(let tensor): return tensor
      case .view(let view):
        let numbers = UnsafeBufferPointer(start: memory[view], count: view.elementCount)
        return try Tensor(Array(numbers), shape: Shape(view.dimensions))
      }
    }
    guard case .float32(let numbers) = try operation.evaluate(tensors).storage else {
      throw GraphError(.evaluation, "\(operation.name) has a result of another type than was planned")
    }
    numbers.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      memory[result].update(from: start, count: source.count)
    }
  }
}
