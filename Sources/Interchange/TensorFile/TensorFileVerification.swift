import Messages
import Names
import Tensors

/// The problems of a file of named tensors.
///
/// They concern the rules of its format, checksums, values that are not finite, and meaningless statistics of normalizations.
public struct TensorFileVerification: Sendable, Encodable {
  /// A problem or a fact.
  public struct Finding: Hashable, Sendable, Encodable {
    /// `error`, `warning` or `note`, as in the verification of checkpoints.
    public let severity: String
    /// The check: `file`, `values`, `never_estimated` or `objects`.
    public let check: String
    /// `/` and the name of the tensor; `/` alone for the file.
    public let path: Name
    /// The problem in words, without a final period.
    public let message: String
  }

  /// The file, as the caller gave it.
  public let file: String
  /// The number of tensors.
  public private(set) var tensorCount = 0
  /// The problems, errors first, then by path.
  public private(set) var findings: [Finding] = []

  private enum CodingKeys: String, CodingKey {
    case file, findings
    case tensorCount = "tensor_count"
  }

  /// Verifies a file: reads every tensor, in blocks.
  ///
  /// - Parameter progress: Called with the number of further bytes of tensors that were read.
  /// - Throws: `InterchangeError` with code `.notFound`, `.notReadable` or `.inputOutput`. There is nothing to verify then.
  public init(_ path: String, progress: (Int) -> Void = { _ in }) throws(InterchangeError) {
    file = path
    let opened: TensorFile
    do {
      opened = try TensorFile(opening: path)
    } catch {
      guard error.code == .malformed || error.code == .unsupported else { throw error }
      add("error", "file", "", error.message)
      return
    }
    tensorCount = opened.entries.count
    for entry in opened.entries {
      do {
        let count = try opened.notFiniteCount(entry, progress: progress)
        if count > 0 { add("warning", "values", entry.name, "\(counted(count, "element")) not finite") }
      } catch {
        guard error.code == .malformed || error.code == .unsupported else { throw error }
        add("error", "file", entry.name, error.message)
      }
    }
    for normalization in opened.normalizations { verify(normalization, in: opened) }
    for skipped in opened.skipped { add("note", "objects", skipped.name, skipped.reason) }
    for note in opened.notes { add("note", "objects", "", note) }
    let order = ["error", "warning", "note"]
    findings.sort { left, right in
      (order.firstIndex(of: left.severity) ?? 0, left.path, left.message)
        < (order.firstIndex(of: right.severity) ?? 0, right.path, right.message)
    }
  }

  /// The number of findings with the given severity.
  public func count(_ severity: String) -> Int { findings.count { $0.severity == severity } }

  private mutating func verify(_ normalization: TensorNormalization, in file: TensorFile) {
    guard let variance = try? file.tensor(normalization.variance.name).doubles,
      let isInitial = try? file.isNeverEstimated(normalization)
    else { return }
    let smallest = variance.filter(\.isFinite).min() ?? 0
    if smallest + (normalization.epsilon ?? 0) < 0 {
      add("error", "values", normalization.variance.name, "a variance is \(smallest), below 0")
    }
    if isInitial {
      add(
        "warning", "never_estimated", normalization.name,
        "all means are 0 and all variances 1: the statistics were never estimated")
    }
  }

  private mutating func add(_ severity: String, _ check: String, _ name: Name, _ message: String) {
    findings.append(Finding(severity: severity, check: check, path: "/\(name)", message: message))
  }
}

extension TensorFile {
  /// Whether the statistics of a normalization are those that it begins with: all means 0, all variances 1.
  ///
  /// - Throws: `InterchangeError` if the statistics cannot be read.
  public func isNeverEstimated(_ normalization: TensorNormalization) throws(InterchangeError) -> Bool {
    let mean = try tensor(normalization.mean.name)
    guard mean.doubles.allSatisfy({ $0 == 0 }) else { return false }
    return try tensor(normalization.variance.name).doubles.allSatisfy { $0 == 1 }
  }

  /// The number of elements of a tensor that are not finite. Every block is read.
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
