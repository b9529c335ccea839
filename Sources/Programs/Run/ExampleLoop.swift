import ComputationGraphs
import Synchronization
import Tensors

/// Instructions that compute a few examples of a batch at a time, so that their numbers stay in a cache from one instruction to the
/// next. Threads share the examples.
struct ExampleLoop: Instruction {
  /// An array outside of the loop, with examples on its first axis, and the part of this array that the body reads or writes.
  struct Block: Sendable {
    let whole: ArrayView
    let part: ArrayView
  }

  /// The number of all examples, and the number of examples that the body computes at a time. The second number divides the
  /// first.
  let exampleCount, blockCount: Int
  let body: [any Instruction]
  let inputs: [Block]
  let outputs: [Block]
  /// The buffers of the body and their offsets in a workspace.
  let places: [(buffer: Int, offset: Int)]
  /// The memory for the buffers of the body, one row for each thread.
  let workspaces: ArrayView
  let bufferCount: Int

  var reads: [ArrayView] { inputs.map(\.whole) }
  var writes: [ArrayView] { outputs.map(\.whole) + [workspaces] }

  func run(in memory: Memory) throws {
    let failure = Mutex<(any Error)?>(nil)
    let steps = exampleCount / blockCount
    concurrentParts(of: steps, ofMultiplications: steps * multiplications) { part, range in
      withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>.self, capacity: bufferCount) { buffers in
        guard let start = buffers.baseAddress else { return }
        start.initialize(from: memory.buffers, count: bufferCount)
        let base = memory[workspaces.row(part)]
        for place in places { start[place.buffer] = base + place.offset }
        do {
          for step in range { try run(step, in: Memory(buffers: start)) }
        } catch {
          failure.withLock { $0 = error }
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func run(_ step: Int, in memory: Memory) throws {
    for block in inputs + outputs {
      memory.buffers[block.part.buffer] = memory[block.whole] + step * blockCount * block.whole.strides[0]
    }
    for instruction in body { try instruction.run(in: memory) }
  }

  /// The multiplications of the body's convolutions.
  private var multiplications: Int {
    body.reduce(0) { $0 + (($1 as? ImageConvolution)?.geometry.multiplications ?? 0) }
  }
}
