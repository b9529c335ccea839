import ComputationGraphs
import Tensors

/// An operation on a few numbers in double precision, such as the square root of a variance. It is evaluated on tensors.
struct PreciseOperation: Instruction {
  /// The view of an operand's numbers.
  enum Operand: Sendable {
    case known(Tensor)
    case precise(PreciseView)
    /// Row-major numbers in single precision.
    case single(ArrayView)
  }

  let operation: GraphOperation
  let operands: [Operand]
  let result: PreciseView

  var reads: [ArrayView] {
    operands.compactMap { operand in
      switch operand {
      case .known: nil
      case .precise(let view): view.floats
      case .single(let view): view
      }
    }
  }
  var writes: [ArrayView] { [result.floats] }

  func run(in memory: Memory) throws {
    let tensors = try operands.map { operand in
      switch operand {
      case .known(let tensor): return tensor
      case .precise(let view): return try memory.tensor(view)
      case .single(let view):
        let numbers = UnsafeBufferPointer(start: memory[view], count: view.elementCount)
        return try Tensor(numbers.map(Double.init), shape: Shape(view.dimensions))
      }
    }
    guard case .float64(let numbers) = try operation.evaluate(tensors).storage else {
      throw GraphError(.evaluation, "\(operation.name) has a result of another type than was planned")
    }
    numbers.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      memory[result].update(from: start, count: source.count)
    }
  }
}

/// Rounds numbers to single precision.
struct Narrowing: Instruction {
  let source: PreciseView
  let result: ArrayView

  var reads: [ArrayView] { [source.floats] }
  var writes: [ArrayView] { [result] }

  func run(in memory: Memory) {
    let (numbers, target) = (memory[source], memory[result])
    for index in 0..<source.elementCount { target[index] = Float(numbers[index]) }
  }
}

extension Memory {
  /// The numbers of a view as a tensor in double precision.
  func tensor(_ view: PreciseView) throws -> Tensor {
    try Tensor(
      Array(UnsafeBufferPointer(start: self[view], count: view.elementCount)), shape: Shape(view.dimensions))
  }
}
