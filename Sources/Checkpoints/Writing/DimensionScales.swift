import HDF5
import Names

/// Makes the scales that name axes for netCDF-4 readers: one for each name and extent in each group.
struct DimensionScales {
  private var taken: Set<Name>
  private var made: [Name: Int] = [:]

  /// - Parameter taken: The paths of tensors. No scale may have such a path.
  init(taken: Set<Name>) {
    self.taken = taken
    for path in taken {
      // The group of a child brick must not have the name of a scale, either.
      var parent = path
      while let (next, _) = parent.splitAtLast("/"), !next.isEmpty, self.taken.insert(next).inserted { parent = next }
    }
  }

  /// The names of the scales for a tensor's axes, in the tensor's group. Missing scales are created.
  mutating func make(for entry: Contents.Entry, in group: borrowing HDF5.Group) throws -> [String] {
    guard let (place, _) = entry.path.splitAtLast("/") else { return [] }
    return try zip(entry.axes, entry.shape).map { axis, extent in
      var path: Name = "\(place)/\(axis)"
      if taken.contains(path) || made[path].map({ $0 != extent }) ?? false { path = "\(path)_\(extent)" }
      while taken.contains(path) || made[path].map({ $0 != extent }) ?? false { path = "\(path)_" }
      if made.updateValue(extent, forKey: path) == nil {
        let scale = try group.createDataset(
          name(of: path), datatype: .float(byteCount: 4, byteOrder: .littleEndian, isIEEE: true),
          dimensions: [extent])
        try scale.makeDimensionScale(named: Dataset.netCDFDimensionName(extent: extent))
      }
      return name(of: path)
    }
  }

  private func name(of path: Name) -> String { path.splitAtLast("/")?.after.text ?? path.text }
}
