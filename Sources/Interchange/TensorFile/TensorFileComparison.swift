import Names
import Tensors

/// The differences between two files of named tensors. Tensors are compared by their names. Tensors whose name is only in one
/// file are compared by their numbers, to find tensors that have different names in the two files.
public struct TensorFileComparison: Sendable, Encodable {
  /// A tensor that both files have, but with different contents.
  public struct Difference: Sendable, Encodable {
    /// The name.
    public let name: Name
    /// The type and the shape in the first file, such as `float32 64×128`; nil if both files have the same type and shape.
    public let first: String?
    /// The type and the shape in the second file; nil if both files have the same type and shape.
    public let second: String?
    /// The greatest |Δ|; nil if the shapes differ, or if an element is finite in only one of the files.
    public let greatest: Double?
  }

  /// A tensor that has a different name in the second file.
  public struct Renaming: Sendable, Encodable {
    /// The name in the first file.
    public let first: Name
    /// The name in the second file.
    public let second: Name
  }

  /// The first file.
  public let first: String
  /// The second file.
  public let second: String
  /// The number of tensors that have the same name and do not differ.
  public private(set) var sameCount = 0
  /// The tensors that have the same name in both files, but differ.
  public private(set) var differences: [Difference] = []
  /// The tensors that have the same numbers, but different names in the two files.
  public private(set) var renamings: [Renaming] = []
  /// The names that only the first file has.
  public private(set) var onlyFirst: [Name] = []
  /// The names that only the second file has.
  public private(set) var onlySecond: [Name] = []

  private enum CodingKeys: String, CodingKey {
    case first, second, differences, renamings
    case sameCount = "same_count"
    case onlyFirst = "only_first"
    case onlySecond = "only_second"
  }

  /// Whether all tensors are the same under the same names.
  public var isSame: Bool { differences.isEmpty && renamings.isEmpty && onlyFirst.isEmpty && onlySecond.isEmpty }

  /// Compares two files. At most one tensor is in memory.
  ///
  /// - Parameters:
  ///   - tolerance: A tensor differs if |Δ| is greater than this number times the root mean square of its elements in the first
  ///     file; with the tolerance 0, every bit counts, and NaN equals NaN.
  ///   - name: The name under which a tensor is compared; nil ignores the tensor.
  ///   - progress: Called after each pair of tensors with the same name, with the number of bytes of both tensors.
  /// - Throws: `InterchangeError` if a tensor cannot be read.
  public init(
    _ first: TensorFile, _ second: TensorFile, tolerance: Double, name: (TensorFile, Name) -> Name?,
    progress: (Int) -> Void = { _ in }
  ) throws(InterchangeError) {
    (self.first, self.second) = (first.path, second.path)
    func named(_ file: TensorFile) -> [(name: Name, entry: TensorFile.Entry)] {
      file.entries.compactMap { entry in name(file, entry.name).map { ($0, entry) } }
    }
    let (left, right) = (named(first), named(second))
    let partners = Dictionary(right.map { ($0.name, $0.entry) }) { first, _ in first }
    var unmatched: [(name: Name, entry: TensorFile.Entry)] = []
    for (name, entry) in left {
      guard let partner = partners[name] else {
        unmatched.append((name, entry))
        continue
      }
      if let difference = try Self.difference(name, entry, partner, first, second, tolerance) {
        differences.append(difference)
      } else {
        sameCount += 1
      }
      progress(entry.byteCount + partner.byteCount)
    }
    let names = Set(left.map(\.name))
    var others = right.filter { !names.contains($0.name) }
    if !unmatched.isEmpty, !others.isEmpty {
      var digests: [Name: Digest] = [:]
      for other in others { digests[other.name] = try second.digest(other.entry) }
      for (name, entry) in unmatched {
        let digest = try first.digest(entry)
        if let index = others.firstIndex(where: {
          $0.entry.shape == entry.shape && $0.entry.type == entry.type && digests[$0.name] == digest
        }) {
          renamings.append(Renaming(first: name, second: others.remove(at: index).name))
        } else {
          onlyFirst.append(name)
        }
      }
    } else {
      onlyFirst = unmatched.map(\.name)
    }
    onlySecond = others.map(\.name)
  }

  private static func difference(
    _ name: Name, _ left: TensorFile.Entry, _ right: TensorFile.Entry, _ first: TensorFile, _ second: TensorFile,
    _ tolerance: Double
  ) throws(InterchangeError) -> Difference? {
    guard left.shape == right.shape, left.typeName == right.typeName || tolerance > 0 else {
      return Difference(name: name, first: left.summary, second: right.summary, greatest: nil)
    }
    let values = try first.tensor(left.name).doubles
    let others = try second.tensor(right.name).doubles
    var (greatest, squares, isIncomparable, isSame) = (0.0, 0.0, false, true)
    for (a, b) in zip(values, others) {
      squares += a.isFinite ? a * a : 0
      if a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN) { continue }
      isSame = false
      if a == b { continue }
      guard a.isFinite, b.isFinite else {
        isIncomparable = true
        continue
      }
      greatest = max(greatest, abs(a - b))
    }
    let bound = tolerance * (squares / Double(max(values.count, 1))).squareRoot()
    guard tolerance > 0 ? isIncomparable || greatest > bound : !isSame else { return nil }
    return Difference(name: name, first: nil, second: nil, greatest: isIncomparable ? nil : greatest)
  }
}

extension TensorFile.Entry {
  /// The type and the shape, such as `float32 64×128`.
  public var summary: String { "\(typeName) \(shape)" }
}

extension TensorFile {
  /// Computes the digest of a tensor's elements in the type of the file.
  func digest(_ entry: Entry) throws(InterchangeError) -> Digest {
    try InterchangeError.about("\(path):\(entry.name)") {
      var hasher = DigestHasher()
      try read(entry.name) { hasher.update($0) }
      return hasher.digest
    }
  }

  /// A digest of the first block of at most 16 evenly spaced tensors, and of all names, types and shapes. Files with equal digests
  /// can still differ in the rest.
  ///
  /// - Throws: `InterchangeError` if the file cannot be read.
  public func sampleDigest() throws -> Digest {
    struct Enough: Error {}
    var text = entries.map { "\($0.name)\t\($0.summary)\n" }.joined()
    for index in stride(from: 0, to: entries.count, by: max(1, entries.count / 16)) {
      do {
        try read(entries[index].name) { block in
          text += "\(Digest(of: block))\n"
          throw Enough()
        }
      } catch is Enough {}
    }
    return Digest(of: text)
  }
}
