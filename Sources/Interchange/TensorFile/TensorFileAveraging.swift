import Names
import Tensors

/// The average of files with the same named tensors, such as state dictionaries of one model.
///
/// Floating-point tensors are summed in double precision and rounded once, to their own type. Integers and booleans, such as the
/// number of minibatches of a normalization, come from the last file.
public struct TensorFileAveraging: Sendable {
  /// The files.
  public let files: [TensorFile]
  /// The weight of each file in the average. The weights may have any sum above 0.
  public let coefficients: [Double]
  /// The integer tensors that differ between the files.
  public private(set) var differingIntegers: [Name] = []

  /// Checks that files have the same tensors.
  ///
  /// - Parameter coefficients: A weight of at least 0 for each file. At least one weight is above 0.
  /// - Throws: `InterchangeError` with code `.unsuitable` that lists the differences, or an error of reading integers.
  public init(_ files: [TensorFile], coefficients: [Double]) throws(InterchangeError) {
    precondition(files.count == coefficients.count && !files.isEmpty)
    self.files = files
    self.coefficients = coefficients
    let last = files[files.count - 1]
    for file in files.dropLast() {
      var problems: [String] = []
      for entry in last.entries {
        guard let own = file.entry(entry.name) else {
          problems.append("\(entry.name): is missing")
          continue
        }
        if own != entry { problems.append("\(entry.name): is \(own.summary), but \(entry.summary) in \(last.path)") }
      }
      for entry in file.entries where last.entry(entry.name) == nil {
        problems.append("\(entry.name): is missing in \(last.path)")
      }
      guard problems.isEmpty else {
        throw InterchangeError(
          .unsuitable, "does not have the tensors of \(last.path):\n  \(problems.joined(separator: "\n  "))",
          path: file.path)
      }
    }
    for entry in last.entries where !entry.type.isFloatingPoint {
      let own = try last.digest(entry)
      for file in files.dropLast() where try file.digest(entry) != own {
        differingIntegers.append(entry.name)
        break
      }
    }
  }

  /// Returns the averaged tensors. Their elements are computed while they are written, so memory holds the sums of at most one tensor.
  ///
  /// - Parameters:
  ///   - isAveraged: Whether a floating-point tensor is averaged; otherwise it comes from the last file.
  ///   - progress: Called repeatedly, with the number of bytes read since the previous call.
  public func tensors(
    where isAveraged: @escaping (Name) -> Bool = { _ in true }, progress: @escaping (Int) throws -> Void = { _ in }
  ) -> [OutgoingTensor] {
    let last = files[files.count - 1]
    return last.entries.map { entry in
      guard entry.type.isFloatingPoint, isAveraged(entry.name) else { return OutgoingTensor(entry, of: last) }
      return OutgoingTensor(entry) { write in
        try pass(average(entry, progress: progress), as: entry, to: write)
      }
    }
  }

  private func average(_ entry: TensorFile.Entry, progress: (Int) throws -> Void) throws -> [Double] {
    var sums: [Double] = []
    for (file, coefficient) in zip(files, coefficients) where coefficient > 0 {
      var index = 0
      try file.read(entry.name) { block in
        // Only at the first block has the source compared the shape with the stored bytes.
        if sums.isEmpty {
          try entry.checkFitsMemory(elementByteCount: MemoryLayout<Double>.size)
          sums = [Double](repeating: 0, count: entry.shape.elementCount)
        }
        let values = try Tensor(
          littleEndianBytes: block, as: entry.type, shape: Shape([block.count / entry.type.byteCount])
        ).doubles
        for value in values {
          guard value.isFinite else {
            throw InterchangeError(
              .unsuitable,
              "element \(index) is \(value), which cannot be averaged; leave the file out, or select other tensors",
              path: "\(file.path):\(entry.name)")
          }
          sums[index] += coefficient * value
          index += 1
        }
        try progress(block.count)
      }
    }
    let total = coefficients.reduce(0, +)
    return sums.map { $0 / total }
  }

  private func pass(
    _ sums: [Double], as entry: TensorFile.Entry, to write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let step = 1 << 16
    for start in stride(from: 0, to: sums.count, by: step) {
      let part = Array(sums[start..<min(start + step, sums.count)])
      try Tensor(part, shape: Shape([part.count])).littleEndianBytes(as: entry.type).withUnsafeBytes(write)
    }
  }
}
