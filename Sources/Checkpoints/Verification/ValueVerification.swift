import ComputationGraphs
import PopulationStatistics
import Synchronization
import Tensors

/// Checks the digests and values of parameters, statistics and other saved tensors, block by block.
struct ValueVerification {
  private let deviations: Set<TensorPath>
  /// The number of bytes that are hashed and then scanned. They fit into the first cache of a processor.
  private static let scannedByteCount = 1 << 14

  init(_ model: ModelVerification) { deviations = model.graph?.populationDeviations ?? [] }

  /// The findings about some tensors, in their order. Large tensors are read on several threads. One thread at a time calls `progress`.
  func findings(
    about entries: [Contents.Entry], in checkpoint: borrowing Checkpoint, _ progress: (Int) -> Void
  ) -> [Finding] {
    let turn = Mutex(())
    return checkpoint.forEachTensor(entries) { checkpoint, entry in
      findings(about: entry, in: checkpoint) { count in turn.withLock { _ in progress(count) } }
    }.flatMap { $0 }
  }

  private func findings(
    about entry: Contents.Entry, in checkpoint: borrowing Checkpoint, _ progress: (Int) -> Void
  ) -> [Finding] {
    var findings: [Finding] = []
    let isDeviation = entry.tensorPath.map(deviations.contains) ?? entry.refines(.populationStandardDeviation)
    var scan = ValueScan(isDeviation: isDeviation, lowerBound: entry.lowerBound(isDeviation: isDeviation))
    do throws(CheckpointError) {
      var reader = try checkpoint.comparedReader(of: entry)
      try CheckpointError.about(checkpoint.name) {
        try reader.forEachPiece(atMost: Self.scannedByteCount) { bytes in
          scan.add(bytes, of: entry.type)
          progress(bytes.count)
        }
      }
    } catch {
      return [Finding(.digest, error)]
    }
    let isStatistic = entry.tensorPath?.collection == .statistics
    func add(_ severity: Finding.Severity, _ tally: ValueScan.Tally, _ rule: String) {
      guard let first = tally.first else { return }
      let more = tally.count == 1 ? "" : ", the first of \(tally.count) such elements"
      findings.append(Finding(severity, .values, entry.path, "element \(first.index) is \(first.value)\(more)\(rule)"))
    }
    let rule = "; \(StatisticRules.rule(isDeviation: isDeviation))"
    if isStatistic {
      add(.error, scan.notANumber, rule)
      add(.error, scan.infinite, rule)
      guard isDeviation else { return findings }
      add(.error, scan.notPositive, rule)
      let root = (entry.statistic?.epsilon ?? 0).squareRoot()
      add(
        .warning, scan.belowBound,
        ", below sqrt(ε) = \(root): the stored deviation does not include ε, or it includes a different ε")
    } else {
      let isParameter = entry.tensorPath?.collection == .parameters
      add(isParameter ? .error : .note, scan.notANumber, isParameter ? "; outputs become NaN" : "")
      add(isParameter ? .warning : .note, scan.infinite, "")
    }
    return findings
  }
}

extension Contents.Entry {
  /// The least value that a standard deviation with ε can have after rounding; nil if there is no bound.
  fileprivate func lowerBound(isDeviation: Bool) -> Double? {
    guard isDeviation, let origin = statistic?.origin, origin.observationCounts.contains(where: { $0 > 0 }) else {
      return nil
    }
    // Rounding can reduce a stored deviation by at most half a unit in the last place.
    let rounding =
      switch type {
      case .float16: 0x1p-11
      case .bfloat16: 0x1p-8
      default: 0.0
      }
    return ValueScan.lowerBound(epsilon: origin.epsilon) * (1 - rounding)
  }
}

/// The counts of invalid values in one pass.
struct ValueScan {
  /// The number of elements of one kind, and the first of them.
  struct Tally {
    var count = 0
    var first: (index: Int, value: Double)?

    mutating func add(_ value: Double, at index: Int) {
      count += 1
      if first == nil { first = (index, value) }
    }
  }

  private(set) var notANumber = Tally()
  private(set) var infinite = Tally()
  /// The values that are finite and at most 0.
  private(set) var notPositive = Tally()
  /// The values that are above 0 and below the bound.
  private(set) var belowBound = Tally()
  private let bound: Double?
  /// If all elements of a block are finite and at least this number, the block has no invalid values.
  private let least: Double
  private var position = 0

  init(isDeviation: Bool, lowerBound: Double?) {
    bound = lowerBound
    least = isDeviation ? max(lowerBound ?? 0, .leastNonzeroMagnitude) : -.greatestFiniteMagnitude
  }

  /// The bound sqrt(ε), reduced by the rounding error of single precision.
  static func lowerBound(epsilon: Double) -> Double { epsilon.squareRoot() * (1 - 1e-6) }

  mutating func add(_ bytes: UnsafeRawBufferPointer, of type: ScalarType) {
    switch type {
    case .float32 where !bytes.bindMemory(to: Float.self).areFinite(atLeast: least):
      add(Array(bytes.bindMemory(to: Float.self)))
    case .float64 where !bytes.bindMemory(to: Double.self).areFinite(atLeast: least):
      add(Array(bytes.bindMemory(to: Double.self)))
    case .float16: add(bytes.bindMemory(to: HalfFloat.self).map(\.widened))
    case .bfloat16: add(bytes.bindMemory(to: BrainFloat.self).map(\.widened))
    default: position += bytes.count / type.byteCount
    }
  }

  private mutating func add(_ values: [some BinaryFloatingPoint]) {
    for index in values.indices {
      let value = values[index]
      if !value.isFinite {
        value.isNaN
          ? notANumber.add(Double(value), at: position + index) : infinite.add(Double(value), at: position + index)
      } else if let bound, Double(value) < bound {
        value > 0
          ? belowBound.add(Double(value), at: position + index) : notPositive.add(Double(value), at: position + index)
      } else if value <= 0 {
        notPositive.add(Double(value), at: position + index)
      }
    }
    position += values.count
  }
}
