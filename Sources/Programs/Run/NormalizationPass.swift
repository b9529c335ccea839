import CKernels
import Tensors

/// A pass over a dense array that applies a normalization, and the operations that follow it, to each block while it is in a cache.
///
/// The numbers of the normalization vary only along the axis that is innermost in memory: the channels.
struct NormalizationPass: FusibleInstruction {
  private let source: ArrayView
  private let channels: Int
  private(set) var result: ArrayView
  private var epilogues: [Epilogue] = []

  /// The pass for an instruction; nil if it is no normalization, or if its numbers vary along other axes.
  init?(_ instruction: any Instruction) {
    guard let instruction = instruction as? Elementwise, case .normalize = instruction.function else { return nil }
    let result = instruction.result
    source = instruction.operands[0]
    self.result = result
    guard let axis = result.order.last(where: { result.dimensions[$0] != 1 }), result.isDense(in: result.order),
      source.hasPlaces(of: result)
    else { return nil }
    channels = result.dimensions[axis]
    let coefficients = instruction.operands.dropFirst().compactMap(coefficients)
    guard coefficients.count == instruction.operands.count - 1 else { return nil }
    epilogues = [.normalize(Epilogue.Normalization(coefficients: coefficients))]
  }

  var reads: [ArrayView] { [source] + epilogues.flatMap(\.operands) }
  var writes: [ArrayView] { [result] }

  /// The number of floats of a block.
  private static let blockElementCount = 1 << 12

  func run(in memory: Memory) {
    let (numbers, target) = (memory[source], memory[result])
    let pixelCount = result.elementCount / channels
    let block = max(Self.blockElementCount / channels, 1)
    // A float needs at most about as much time as 32 multiplications.
    let multiplications = result.elementCount.multipliedReportingOverflow(by: 32).partialValue
    concurrentRanges(of: pixelCount, ofMultiplications: multiplications) { range in
      for first in stride(from: range.lowerBound, to: range.upperBound, by: block) {
        let pixels = first..<min(first + block, range.upperBound)
        let place = target + pixels.lowerBound * channels
        place.update(from: numbers + pixels.lowerBound * channels, count: pixels.count * channels)
        for epilogue in epilogues { epilogue.apply(to: place, of: pixels, channels: channels, in: memory) }
      }
    }
  }

  mutating func append(_ epilogue: Epilogue, to result: ArrayView) -> Bool {
    epilogues.append(merging: epilogue)
    self.result = result
    return true
  }

  func pixels(of view: ArrayView) -> ArrayView {
    var matrix = view
    matrix.dimensions = [result.elementCount / channels, channels]
    matrix.strides = [channels, 1]
    return matrix
  }

  func coefficients(of view: ArrayView) -> ArrayView? {
    let order = result.order
    guard let axis = order.last(where: { result.dimensions[$0] != 1 }),
      view.strides[axis] == 0 || view.strides[axis] == 1,
      order.allSatisfy({ $0 == axis || view.strides[$0] == 0 || view.dimensions[$0] == 1 })
    else { return nil }
    var row = view
    row.dimensions = [1, channels]
    row.strides = [0, view.strides[axis]]
    return row
  }
}
