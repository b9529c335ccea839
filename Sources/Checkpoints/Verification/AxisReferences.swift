import ComputationGraphs
import HDF5
import Names

/// The references from tensors to the dimension scales that give their axes names in other programs (C49). HDF5 has no checksum for
/// them.
struct AxisReferences {
  private var extents: [Name: [Int]] = [:]
  private var references: [(entry: Contents.Entry, axes: [[ObjectIdentity]])] = []

  /// Records the extents of a dimension scale.
  mutating func add(scale: borrowing Dataset) { extents[Name(scale.path)] = scale.dimensions }

  /// Records the references of a tensor, if it has references.
  mutating func add(_ dataset: borrowing Dataset, _ entry: Contents.Entry) throws {
    // An entry with too few names is reported elsewhere.
    guard let axes = try dataset.dimensionScales(), axes.count == entry.axes.count else { return }
    references.append((entry, axes))
  }

  /// Finds references that do not lead to a dimension scale for their axis in the tensor's group.
  ///
  /// - Parameter names: The paths of all objects below the tensor groups.
  func findings(_ names: [ObjectIdentity: [Name]]) -> [Finding] {
    references.flatMap { entry, axes in
      axes.enumerated().flatMap { axis, references in
        references.compactMap { reference in
          let targets = names[reference] ?? []
          guard !targets.contains(where: { isScale($0, ofAxis: axis, of: entry) }) else { return nil }
          return Finding(
            .error, .objects, entry.path,
            "names axis \(axis) (\"\(entry.axes[axis])\") by a reference to \(words(targets.first)): the file was damaged, or edited "
              + "by another program; save the checkpoint again, so that other programs find the names of axes")
        }
      }
    }
  }

  /// Whether an object is a dimension scale in the group of a tensor, with the name and the extent of one of its axes.
  private func isScale(_ path: Name, ofAxis axis: Int, of entry: Contents.Entry) -> Bool {
    guard let (group, name) = path.splitAtLast("/"), group == entry.path.splitAtLast("/")?.before,
      extents[path] == [entry.shape[axis]]
    else { return false }
    // If another object has the name of the axis, the scale's name also contains the extent, and underscores.
    let longer: Name = "\(entry.axes[axis])_\(entry.shape[axis])"
    return name == entry.axes[axis]
      || name.hasPrefix(longer) && name.utf8.dropFirst(longer.utf8.count).allSatisfy { $0 == UInt8(ascii: "_") }
  }

  private func words(_ target: Name?) -> String {
    guard let target else { return "nothing" }
    return extents[target].map { "\(target) with the extents \($0)" } ?? "\(target), which is not a dimension scale"
  }
}
