import ComputationGraphs
import Synchronization
import Tensors

/// A graph compiled for inputs of fixed shapes: instructions on buffers at fixed positions in memory.
///
/// A program computes in single precision. Its results differ only by rounding from the results of `Interpreter`, which defines
/// the meaning of a graph: chains of additions and multiplications with known numbers are one operation, a division by known numbers
/// is a multiplication by their reciprocals, and elementary functions use the vector kernels. Divisions by computed numbers, such as
/// the deviations of a minibatch, are true divisions. If a graph compares such results, or rounds them to integers, then a difference
/// of rounding can become a whole unit. The results do not depend on the number of threads. The results of an example do not
/// depend on the other examples.
public struct Program: Sendable {
  private let instructions: [any Instruction]
  private let contents: [BufferTable.Content]
  private let constants: FloatBlock
  private let offsets: [Int: Int]
  private let arenaCount: Int
  /// The buffers of the inputs, which are the memory of the tensors, and their numbers of elements.
  private let inputs: [(buffer: Int, count: Int)]
  private let results: [Value]
  private let preciseResults: [PreciseView]
  /// The types of the graph's variables for the inputs.
  let types: [VariableType]
  private let arenas = ArenaPool()

  /// Compiles a graph.
  ///
  /// - Parameters:
  ///   - graph: The graph.
  ///   - tensors: The values of its saved tensors.
  ///   - types: The types of its inputs, in the order of the graph's inputs. All of their extents must be fixed.
  ///   - wanted: The variables to compute.
  ///   - precise: Other variables to compute: statistics of minibatches, which stay in double precision from the reduction on.
  /// - Returns: The program; nil if only the interpreter can evaluate a part of the graph, such as types other than single
  ///   precision, masks, or values that determine the shape or the order of other values. Also nil if this machine does not have the
  ///   memory.
  /// - Throws: `GraphError` if the inputs do not fit the graph.
  public init?(_ graph: Graph, tensors: TensorStore, inputs types: [VariableType], wanted: [Int], precise: [Int] = [])
    throws
  {
    do {
      let plan = try Plan(graph, tensors: tensors, inputs: types, wanted: wanted, precise: precise)
      let kept = plan.results.compactMap(\.viewInMemory) + plan.preciseResults.map(\.floats)
      instructions = Fusion(plan.lowering.instructions, keeping: kept).instructions
      inputs = plan.inputs.map { ($0.buffer, $0.elementCount) }
      let placement = Placement(instructions, in: plan.table, keeping: kept, except: Set(inputs.map(\.buffer)))
      contents = plan.table.contents
      constants = plan.table.constantBlock()
      offsets = placement.offsets
      arenaCount = placement.count
      guard try Shape(checking: [arenaCount]).fitsMemory else { return nil }
      results = plan.results
      preciseResults = plan.preciseResults
      self.types = plan.types
    } catch is Unplannable {
      return nil
    }
  }

  /// Returns the values of the variables to compute, and then of the variables in double precision.
  ///
  /// - Parameter tensors: The values of the graph's inputs. The program must have been compiled for their types.
  /// - Throws: `GraphError` if an operation fails.
  public func callAsFunction(_ tensors: [Tensor]) throws -> [Tensor] {
    precondition(tensors.count == inputs.count, "a program needs one tensor for each input")
    return try arenas.withArena(count: arenaCount) { arena in
      try withUnsafeTemporaryAllocation(
        of: UnsafeMutablePointer<Float>.self, capacity: max(contents.count, 1)
      ) { buffers in
        guard let start = buffers.baseAddress else { return [] }
        for (index, content) in contents.enumerated() {
          // The loop sets the addresses of the buffers of its body, and of the rows that it reads.
          var address = arena + (offsets[index] ?? 0)
          if case .constant(let offset) = content { address = constants.start + offset }
          (start + index).initialize(to: address)
        }
        let memory = Memory(buffers: start)
        return try withInputs(tensors[...], in: memory) {
          for instruction in instructions { try instruction.run(in: memory) }
          return try results.map { try Program.tensor($0, in: memory) } + preciseResults.map(memory.tensor)
        }
      }
    }
  }

  /// Calls a body while the buffers of the inputs are the memory of the tensors. No instruction writes to them.
  private func withInputs<Result>(
    _ tensors: ArraySlice<Tensor>, in memory: Memory, _ body: () throws -> Result
  ) throws -> Result {
    guard let tensor = tensors.first else { return try body() }
    let input = inputs[inputs.count - tensors.count]
    guard case .float32(let numbers) = tensor.storage, numbers.count == input.count else {
      preconditionFailure("a program was compiled for inputs of another type")
    }
    return try numbers.withUnsafeBufferPointer { source in
      if let first = source.baseAddress { memory.buffers[input.buffer] = UnsafeMutablePointer(mutating: first) }
      return try withInputs(tensors.dropFirst(), in: memory, body)
    }
  }

  private static func tensor(_ value: Value, in memory: Memory) throws -> Tensor {
    switch value {
    case .known(let tensor): tensor
    case .view(let view):
      try Tensor(
        Array(UnsafeBufferPointer(start: memory[view], count: view.elementCount)), shape: Shape(view.dimensions))
    case .affine, .steps, .series: preconditionFailure("a plan's results are known or in memory")
    }
  }
}

extension Value {
  /// The view in memory; nil for a known value.
  fileprivate var viewInMemory: ArrayView? { if case .view(let view) = self { view } else { nil } }
}

/// Blocks of memory for programs. Later runs use the blocks again, because the first access to new memory takes as long as a
/// large part of the work.
private final class ArenaPool: Sendable {
  private let free = Mutex<[FloatBlock]>([])

  func withArena<Result>(count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> Result) throws -> Result {
    let arena = free.withLock { $0.popLast() } ?? FloatBlock(count: count)
    let result = try body(arena.start)
    free.withLock { $0.append(arena) }
    return result
  }
}
