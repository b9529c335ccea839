import CHDF5

/// A container of groups and datasets: a group, or a file, which stands for its root group.
///
/// A relative path names an object: the names of links, joined by "/". Paths through soft, external or user-defined links are
/// refused.
public protocol ObjectContainer: ~Copyable, AttributeHolder {}

extension ObjectContainer where Self: ~Copyable {
  // These functions do not check the kinds of links, because each check looks up the path once more. Use them if all links of a
  // path are known to be hard: they come from `links()`, or the object was opened before.

  /// Opens the group at a path of hard links.
  package func openGroup(atKnownPath path: String) throws -> Group {
    try withHDF5Lock {
      let location = self.location
      try location.file.checkUsable()
      let identifier = try location.open(path, .group) { H5Gopen2($0, path, chdf5_default_properties()) }
      let handle = try Handle(
        identifier, of: location.file, orThrow: location.openingFailure(path, expected: .group))
      return Group(handle: handle, file: location.file, path: location.path(of: path))
    }
  }

  /// Opens the dataset at a path of hard links.
  package func openDataset(atKnownPath path: String) throws -> Dataset {
    try withHDF5Lock {
      let location = self.location
      try location.file.checkUsable()
      let identifier = try location.open(path, .dataset) { H5Dopen2($0, path, chdf5_default_properties()) }
      let handle = try Handle(
        identifier, of: location.file, orThrow: location.openingFailure(path, expected: .dataset))
      return try Dataset(opened: handle, file: location.file, path: location.path(of: path))
    }
  }

  /// Creates a group. The caller guarantees that the group above it exists.
  package func createGroup(atNewPath path: String) throws -> Group {
    try withHDF5Lock {
      let location = self.location
      try location.checkWritable()
      return Group(handle: try location.createGroup(path), file: location.file, path: location.path(of: path))
    }
  }

  /// Opens a group.
  ///
  /// - Throws: ``HDF5Error`` with code `.noSuchObject`, `.invalidName`, `.typeMismatch` if the object is not a group,
  ///   `.refused` if the path leads through a link that is not hard, or `.corrupt`.
  public func openGroup(_ path: String) throws -> Group {
    try withHDF5Lock {
      try location.requireObject(path)
      return try openGroup(atKnownPath: path)
    }
  }

  /// Opens a dataset.
  ///
  /// - Throws: ``HDF5Error`` with code `.noSuchObject`, `.invalidName`, `.typeMismatch` if the object is not a dataset,
  ///   `.corrupt`, or `.refused` if the path leads through a link that is not hard, or if the dataset keeps its data in other
  ///   files or behind a filter that this library does not have.
  public func openDataset(_ path: String) throws -> Dataset {
    try withHDF5Lock {
      try location.requireObject(path)
      return try openDataset(atKnownPath: path)
    }
  }

  /// Creates a group, and missing groups on the path to it.
  ///
  /// - Throws: ``HDF5Error`` with code `.alreadyExists`, `.invalidName`, `.permissionDenied` or `.inputOutput`.
  @discardableResult
  public func createGroup(_ path: String) throws -> Group {
    try withHDF5Lock {
      let location = self.location
      try location.checkWritable()
      let components = try LinkPath.components(of: path, at: location)
      try location.createGroups(components.dropLast())
      let handle = try location.createGroup(path)
      return Group(handle: handle, file: location.file, path: location.path(of: path))
    }
  }

  /// Creates a dataset, and missing groups on the path to it.
  ///
  /// - Parameters:
  ///   - path: The path of the new dataset.
  ///   - datatype: The type of the elements. Numbers must be integers or IEEE numbers, little-endian or big-endian.
  ///   - dimensions: The extents; empty for a scalar.
  ///   - options: The storage options.
  /// - Throws: ``HDF5Error`` with code `.alreadyExists`, `.invalidName`, `.typeMismatch`, `.shapeMismatch`,
  ///   `.permissionDenied` or `.inputOutput`.
  public func createDataset(
    _ path: String, datatype: Datatype, dimensions: [Int] = [], options: DatasetOptions = DatasetOptions()
  ) throws -> Dataset {
    try withHDF5Lock {
      let location = self.location
      try location.checkWritable()
      let components = try LinkPath.components(of: path, at: location)
      let space = try Dataspace.makeHandle(dimensions, for: location)
      let type = try datatype.makeHandle(for: location)
      let creation = try options.makeHandle(dimensions, datatype: datatype, for: location)
      try location.createGroups(components.dropLast())
      let handle = try Handle(
        H5Dcreate2(
          location.identifier, path, type.identifier, space.identifier, SharedProperties.linkCreation,
          creation.identifier, chdf5_default_properties()), of: location.file,
        orThrow: location.creationFailure(path))
      // Read the storage back, because the library completes the parameters of filters.
      let layout =
        options.chunkDimensions == nil
        ? .contiguous : try Layout(of: handle.identifier, rank: dimensions.count, at: location)
      return Dataset(
        handle: handle, file: location.file, path: location.path(of: path), datatype: datatype, dimensions: dimensions,
        layout: layout)
    }
  }
}

extension Location {
  /// Creates one group whose parent exists.
  fileprivate func createGroup(_ path: String) throws -> Handle {
    try Handle(
      H5Gcreate2(
        identifier, path, SharedProperties.linkCreation, SharedProperties.groupCreation, chdf5_default_properties()),
      of: file, orThrow: creationFailure(path))
  }

  /// Creates the missing groups on a path. The library's own function would store the current time in these groups.
  fileprivate func createGroups(_ components: ArraySlice<String>) throws {
    var path = ""
    for component in components {
      path += path.isEmpty ? component : "/" + component
      if try linkKind(path) == nil { _ = try createGroup(path) }
    }
  }

  /// The error for an object that could not be created. The most common reason is that the name is already used.
  fileprivate func creationFailure(_ path: String) -> HDF5Error {
    let failed = failure(.libraryFailure, "could not be created", at: path)
    guard failed.code == .libraryFailure, H5Lexists(identifier, path, chdf5_default_properties()) > 0 else {
      return failed
    }
    return error(.alreadyExists, "an object with this name already exists", at: path)
  }

  /// Opens an object of the expected kind: by its address if the file is foreign, and otherwise by its path.
  fileprivate func open(_ path: String, _ kind: ObjectKind, _ openByPath: (hid_t) -> hid_t) throws -> hid_t {
    guard file.isForeign else { return openByPath(identifier) }
    let found = try self.kind(path)
    guard found == kind else { throw wrongKind(found, at: path, expected: kind) }
    return try openChecked(path) ?? openByPath(identifier)
  }

  private func wrongKind(_ kind: ObjectKind?, at path: String, expected: ObjectKind) -> HDF5Error {
    guard let kind else { return error(.corrupt, "the object cannot be opened", at: path) }
    return error(.typeMismatch, "is a \(kind.rawValue), not a \(expected.rawValue)", at: path)
  }

  /// The error for an object that could not be opened, although its link exists.
  fileprivate func openingFailure(_ path: String, expected: ObjectKind) -> HDF5Error {
    let failed = failure(.corrupt, "the object cannot be opened", at: path)
    guard failed.code == .corrupt, !file.isForeign, let kind = ObjectKind(chdf5_object_type(identifier, path)),
      kind != expected
    else { return failed }
    return wrongKind(kind, at: path, expected: expected)
  }
}
