/// One step of a program. It reads some views and writes others.
protocol Instruction: Sendable {
  /// The views that are read.
  var reads: [ArrayView] { get }
  /// The views that are written.
  var writes: [ArrayView] { get }
  /// Computes the written views from the views that are read.
  ///
  /// - Throws: `GraphError` if an operation on tensors fails.
  func run(in memory: Memory) throws
}

/// The addresses of a plan's buffers while a program runs.
struct Memory {
  /// The address of the first number of each buffer.
  let buffers: UnsafeMutablePointer<UnsafeMutablePointer<Float>>

  /// The address of a view's first number.
  subscript(view: ArrayView) -> UnsafeMutablePointer<Float> { buffers[view.buffer] + view.offset }
}
