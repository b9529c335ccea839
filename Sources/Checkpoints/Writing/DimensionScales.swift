import HDF5

/// Makes the scales that name axes for netCDF-4 readers: one per name and extent in each group.
struct DimensionScales {
  private var taken: Set<String>
  private var made: [String: Int] = [:]

  /// - Parameter taken: Paths of tensors, which scales must not have.
  init(taken: Set<String>) {
    self.taken = taken
    for path in taken {
      // A child brick's group must not have the name of a scale either.
      var parent = Substring(path)
      while let slash = parent.lastIndex(of: "/"), slash != parent.startIndex {
        parent = parent[..<slash]
        guard self.taken.insert(String(parent)).inserted else { break }
      }
    }
  }

  /// The paths of the scales of a tensor's axes, made where they do not exist yet.
  mutating func make(for entry: Contents.Entry, in file: borrowing File) throws -> [String] {
    guard let slash = entry.path.lastIndex(of: "/") else { return [] }
    let group = entry.path[..<slash]
    return try zip(entry.axes, entry.shape).map { axis, extent in
      var path = "\(group)/\(axis)"
      if taken.contains(path) || made[path].map({ $0 != extent }) ?? false { path += "_\(extent)" }
      while taken.contains(path) || made[path].map({ $0 != extent }) ?? false { path += "_" }
      if made.updateValue(extent, forKey: path) == nil {
        let scale = try file.createDataset(
          String(path.dropFirst()), datatype: .float(byteCount: 4, byteOrder: .littleEndian, isIEEE: true),
          dimensions: [extent])
        try scale.makeDimensionScale(named: Dataset.netCDFDimensionName(extent: extent))
      }
      return path
    }
  }
}
