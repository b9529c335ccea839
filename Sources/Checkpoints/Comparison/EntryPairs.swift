import ComputationGraphs
import PopulationStatistics
import Tensors

/// The saved tensors of two tables of contents, update pairs aside, side by side.
struct EntryPairs {
  typealias Pair = (old: Contents.Entry, new: Contents.Entry)

  /// What is compared together: a tensor, or the mean and standard deviation of one normalization.
  struct Unit {
    /// The path of the normalization's brick.
    let normalization: Name?
    /// One pair, or that of the mean and that of the standard deviation.
    let entries: [Pair]
    let hasTimeSteps: Bool
  }

  /// The tensors of one path in both tables, in canonical order.
  private(set) var common: [Pair] = []
  /// Tensors that one table has alone, and where the entries of the others differ.
  private(set) var structure: [StructuralDifference] = []

  init(_ old: Contents, _ new: Contents, _ exclusion: Exclusion) {
    var pending: [Name: Contents.Entry] = [:]
    for entry in new.tensors where !entry.isUpdate && !exclusion.excludes(entry) { pending[entry.path] = entry }
    for entry in old.tensors where !entry.isUpdate && !exclusion.excludes(entry) {
      guard let other = pending.removeValue(forKey: entry.path) else {
        structure.append(StructuralDifference(.tensor, .removed, entry.displayPath, entry.summary))
        continue
      }
      common.append((entry, other))
      structure += entry.changes(to: other).map {
        StructuralDifference(.tensor, .changed, entry.displayPath, $0)
      }
    }
    for entry in new.tensors {
      guard let entry = pending[entry.path] else { continue }
      structure.append(StructuralDifference(.tensor, .added, entry.displayPath, entry.summary))
    }
  }

  /// The pairs in the order of the table; those of a normalization together, where its mean stands.
  func units(_ normalizations: [NormalizationStatistics]) -> [Unit] {
    var pairs: [Name: Pair] = [:]
    for pair in common { pairs[pair.old.path] = pair }
    var statistics: [Name: Unit] = [:]
    var handled: Set<Name> = []
    for normalization in normalizations {
      guard let path = normalization.standardDeviation?.datasetPath, let deviation = pairs[path],
        let mean = pairs[normalization.mean.datasetPath], mean.old.shape == mean.new.shape,
        deviation.old.shape == deviation.new.shape, mean.old.shape == deviation.old.shape
      else { continue }
      statistics[mean.old.path] = Unit(
        normalization: normalization.path, entries: [mean, deviation], hasTimeSteps: normalization.stepCount != nil)
      handled.insert(path)
    }
    return common.compactMap { pair in
      if let unit = statistics[pair.old.path] { return unit }
      return handled.contains(pair.old.path) ? nil : Unit(normalization: nil, entries: [pair], hasTimeSteps: false)
    }
  }
}

/// What a comparison leaves out.
struct Exclusion {
  let selectors: [Selector]

  /// Whether a brick, or one around it, or a document is left out.
  func excludes(brick path: Name) -> Bool {
    guard !selectors.isEmpty else { return false }
    // Differences of a tensor's structure carry the tensor's path, whose brick ends at the point.
    var path = path.splitAtFirst(".")?.before ?? path
    while !path.isEmpty {
      if selectors.contains(where: { $0.matches(brick: path) }) { return true }
      path = path.splitAtLast("/")?.before ?? ""
    }
    return false
  }

  func excludes(_ entry: Contents.Entry) -> Bool {
    guard !selectors.isEmpty, let path = entry.tensorPath else { return false }
    return selectors.contains { $0.matches(path) }
  }
}

extension Contents.Entry {
  /// The path as people write it, `/mlp/linear_0.W`.
  var displayPath: Name { tensorPath?.spelling ?? path }

  /// `float32 64×128, WEIGHT`.
  fileprivate var summary: String { "\(VariableType(type, shape.map(Extent.fixed))), \(role)" }

  func differsInValue(from other: Contents.Entry) -> Bool { digest != other.digest || type != other.type }

  fileprivate func changes(to other: Contents.Entry) -> [String] {
    func change(_ what: String, _ old: String, _ new: String) -> String? {
      old == new ? nil : "\(what) \(old.isEmpty ? "none" : old) → \(new.isEmpty ? "none" : new)"
    }
    func flags(_ entry: Contents.Entry) -> String {
      entry.broadcastable?.map(\.description).joined(separator: ", ") ?? ""
    }
    return [
      change("type", type.rawValue, other.type.rawValue),
      change("shape", Shape(shape).description, Shape(other.shape).description),
      change("role", role.text, other.role.text),
      change("axes", axes.joined(separator: ", "), other.axes.joined(separator: ", ")),
      change("broadcastable", flags(self), flags(other)),
    ].compactMap { $0 }
  }
}
