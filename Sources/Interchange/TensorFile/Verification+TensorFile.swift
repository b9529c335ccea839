import ComputationGraphs
import Messages

extension Verification {
  /// Verifies a file of named tensors. It reads every tensor, in blocks.
  ///
  /// The findings concern the rules of the format, checksums, values that are not finite, and meaningless statistics of
  /// normalizations.
  ///
  /// - Parameter progress: Called repeatedly, with the number of bytes of tensors read since the previous call.
  /// - Throws: `InterchangeError` with code `.notFound`, `.notReadable` or `.inputOutput`. In these cases, there is nothing to
  ///   verify.
  public init(tensorFile path: String, progress: (Int) -> Void = { _ in }) throws(InterchangeError) {
    do {
      try self.init(tensors: TensorFile(opening: path), progress: progress)
    } catch {
      guard error.code == .malformed || error.code == .unsupported else { throw error }
      self.init(file: path, findings: [Finding(.error, .file, "/", error.message)])
    }
  }

  /// Verifies an opened file of named tensors, as `init(tensorFile:progress:)` does.
  ///
  /// - Throws: `InterchangeError` with code `.notReadable` or `.inputOutput`.
  public init(tensors opened: TensorFile, progress: (Int) -> Void = { _ in }) throws(InterchangeError) {
    var findings: [Finding] = []
    for entry in opened.entries {
      do {
        let count = try opened.notFiniteCount(entry, progress: progress)
        if count > 0 {
          findings.append(Finding(.warning, .values, entry.name, "\(counted(count, "element")) not finite"))
        }
      } catch {
        guard error.code == .malformed || error.code == .unsupported else { throw error }
        findings.append(Finding(.error, .file, entry.name, error.message))
      }
    }
    for normalization in opened.normalizations { findings += opened.findings(about: normalization) }
    findings += opened.skipped.map { Finding(.note, .objects, $0.name, $0.reason) }
    findings += opened.notes.map { Finding(.note, .objects, "/", $0) }
    self.init(file: opened.path, tensorCount: opened.entries.count, findings: findings)
  }
}

extension TensorFile {
  /// Returns the findings about the statistics of a normalization; none if they cannot be read, because such tensors already have a
  /// finding.
  fileprivate func findings(about normalization: TensorNormalization) -> [Finding] {
    guard let variance = try? tensor(normalization.variance.name).doubles,
      let isInitial = try? isNeverEstimated(normalization)
    else { return [] }
    var findings: [Finding] = []
    let smallest = variance.filter(\.isFinite).min() ?? 0
    if smallest + (normalization.epsilon ?? 0) < 0 {
      findings.append(
        Finding(.error, .values, normalization.variance.name, "a variance is \(smallest), below 0"))
    }
    if isInitial {
      findings.append(
        Finding(
          .warning, .neverEstimated, normalization.name,
          "all means are 0 and all variances 1: the statistics were never estimated"))
    }
    return findings
  }

  /// Whether the statistics of a normalization have their initial values: all means 0, all variances 1.
  ///
  /// - Throws: `InterchangeError` if the statistics cannot be read.
  public func isNeverEstimated(_ normalization: TensorNormalization) throws(InterchangeError) -> Bool {
    try MovingStatistics(mean: tensor(normalization.mean.name), variance: tensor(normalization.variance.name))
      .areInitial
  }

  /// Counts the elements of a tensor that are not finite. This reads all elements.
  fileprivate func notFiniteCount(_ entry: Entry, progress: (Int) -> Void) throws(InterchangeError) -> Int {
    try InterchangeError.about("\(path):\(entry.name)") {
      var count = 0
      try read(entry.name) { block in
        progress(block.count)
        switch entry.type {
        case .float16: count += Self.notFinite(block, UInt16.self, exponent: 0x7C00)
        case .bfloat16: count += Self.notFinite(block, UInt16.self, exponent: 0x7F80)
        case .float32: count += Self.notFinite(block, UInt32.self, exponent: 0x7F80_0000)
        case .float64: count += Self.notFinite(block, UInt64.self, exponent: 0x7FF0_0000_0000_0000)
        default: return
        }
      }
      return count
    }
  }

  private static func notFinite<Bits: FixedWidthInteger>(
    _ block: UnsafeRawBufferPointer, _ type: Bits.Type, exponent: Bits
  ) -> Int {
    stride(from: 0, to: block.count, by: MemoryLayout<Bits>.size).count { offset in
      Bits(littleEndian: block.loadUnaligned(fromByteOffset: offset, as: Bits.self)) & exponent == exponent
    }
  }
}
