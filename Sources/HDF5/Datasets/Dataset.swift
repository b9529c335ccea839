import CHDF5

/// An open dataset: an array of elements of one type, or a single element. The dataset closes when this value is destroyed.
///
/// If a chunk cannot be written when the dataset closes, the file reports the error when it is flushed or closed. To get the error
/// immediately, call ``close()``.
public struct Dataset: ~Copyable, Sendable, AttributeHolder {
  let handle: Handle
  let file: FileReference
  let layout: Layout
  /// The path from the root group, beginning with "/".
  public let path: String
  /// The stored type of the elements.
  public let datatype: Datatype
  /// The extents. A scalar has no extents. A dataset with an empty ("null") dataspace has a single extent of 0.
  public let dimensions: [Int]

  /// The path of the file, as it was given.
  public var filePath: String { file.path }

  /// The number of elements.
  public var count: Int { dimensions.contains(0) ? 0 : dimensions.reduce(1, *) }

  /// The dataset as an object that has attributes.
  public var location: Location { Location(identifier: handle.identifier, file: file, path: path) }

  init(
    handle: consuming Handle, file: FileReference, path: String, datatype: Datatype, dimensions: [Int], layout: Layout
  ) {
    self.handle = handle
    self.file = file
    self.path = path
    self.datatype = datatype
    self.dimensions = dimensions
    self.layout = layout
  }

  /// Examines a dataset that was just opened. Call it under the lock.
  ///
  /// - Throws: `.corrupt`, or `.refused` for elements outside the file or behind unknown filters.
  init(opened handle: consuming Handle, file: FileReference, path: String) throws {
    let location = Location(identifier: handle.identifier, file: file, path: path)
    let properties = try Handle(
      H5Dget_create_plist(handle.identifier),
      orThrow: location.failure(.corrupt, "the dataset's storage cannot be read"))
    // Refuse virtual datasets first, because asking for their extents may open other files.
    try Self.refuseForeignStorage(properties.identifier, at: location)
    let type = try Handle(
      H5Dget_type(handle.identifier), orThrow: location.failure(.corrupt, "the dataset's type cannot be read"))
    let space = try Handle(
      H5Dget_space(handle.identifier), orThrow: location.failure(.corrupt, "the dataset's extents cannot be read"))
    let datatype = Datatype(type.identifier)
    let dimensions = try Dataspace.dimensions(of: space.identifier, for: location)
    let layout = try Layout(properties.identifier, rank: dimensions.count, at: location)
    self.init(handle: handle, file: file, path: path, datatype: datatype, dimensions: dimensions, layout: layout)
  }

  deinit {
    // If cached chunks cannot be written when a dataset closes, the library leaves the dataset half open. So flush first: if this
    // fails, the file is abandoned in an orderly way, and reports the failure when it is closed.
    try? flush()
  }

  /// Writes the chunks that the library still holds, and closes the dataset.
  ///
  /// - Throws: ``HDF5Error`` with code `.inputOutput` if a chunk or any other part of the file did not reach the system.
  public consuming func close() throws { try flush() }

  /// Writes the chunks that the library still holds. The library never holds contiguous elements, because files
  /// opened for writing have no buffer for such datasets.
  private borrowing func flush() throws {
    guard layout.isChunked, file.isWritable else { return }
    try withHDF5Lock {
      guard H5Iis_valid(handle.identifier) > 0 else { return }
      try file.checkUsable()
      try location.check(H5Dflush(handle.identifier), or: .inputOutput, "the dataset could not be written")
    }
  }
}
