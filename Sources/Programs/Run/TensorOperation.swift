import ComputationGraphs
import Tensors

/// An operation without a kernel. It is evaluated on tensors, as in the interpreter.
struct TensorOperation: Instruction {
  /// An operand that was known when the program was planned, or that the program computes.
  enum Operand: Sendable {
    case known(Tensor)
    /// A row-major view.
    case view(ArrayView)
  }

  let operation: GraphOperation
  let operands: [Operand]
  /// The row-major result.
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
