import ComputationGraphs
import PopulationStatistics
import Tensors

/// The pairs of saved tensors in two tables of contents, without update pairs.
struct EntryPairs {
  typealias Pair = (old: Contents.Entry, new: Contents.Entry)

  /// A unit of comparison: a tensor, or the mean and standard deviation of one normalization.
  struct Unit {
    /// The path of the normalization's brick.
    let normalization: Name?
    /// One pair, or the pair of the means and the pair of the standard deviations.
    let entries: [Pair]
    let hasTimeSteps: Bool
  }

  /// The tensors whose path is in both tables, in canonical order.
  private(set) var common: [Pair] = []
  /// The tensors that only one table has, and the differences between the entries of common tensors.
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

  /// The units in the order of the table of contents. The two pairs of a normalization form one unit at the place of its mean.
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

/// The parts that a comparison leaves out.
struct Exclusion {
  let selectors: [Selector]

  /// Whether the comparison leaves out the brick or document at a path. A brick is also left out with a brick that contains it.
  func excludes(brick path: Name) -> Bool {
    guard !selectors.isEmpty else { return false }
    // The path of a difference can be a tensor's path. The path of the tensor's brick then ends at the dot.
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
  /// The path as reports show it, such as `/mlp/linear_0.W`.
  var displayPath: Name { tensorPath?.spelling ?? path }

  /// The type, shape and role, such as `float32 64×128, WEIGHT`.
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
