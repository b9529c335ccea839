import CHDF5

extension Dataset {
  /// Reads elements into memory as the given type. Call it under the lock. The memory must have room for the selection.
  func transfer(
    into destination: UnsafeMutableRawPointer, as memoryType: hid_t, from selection: Hyperslab?, properties: hid_t
  ) throws {
    try checkChunks(selection)
    try withSpaces(selection) { memorySpace, fileSpace in
      try location.check(
        H5Dread(handle.identifier, memoryType, memorySpace, fileSpace, properties, destination), or: .corrupt,
        "the elements cannot be read")
    }
  }

  /// Writes elements from memory. Call it under the lock.
  func transfer(
    from source: UnsafeRawPointer, as memoryType: hid_t, to selection: Hyperslab?, properties: hid_t
  ) throws {
    try withSpaces(selection) { memorySpace, fileSpace in
      try location.check(
        H5Dwrite(handle.identifier, memoryType, memorySpace, fileSpace, properties, source),
        "the elements cannot be written")
    }
  }

  /// The dataspaces of a transfer. The dataspace of the memory has the rank of the dataset: if the ranks differ, the library is
  /// far slower for chunks.
  private func withSpaces(_ selection: Hyperslab?, _ body: (hid_t, hid_t) throws -> Void) throws {
    guard let selection, !dimensions.isEmpty else {
      return try body(chdf5_whole_dataspace(), chdf5_whole_dataspace())
    }
    let fileSpace = try Handle(
      H5Dget_space(handle.identifier), orThrow: location.failure(.corrupt, "the dataset's extents cannot be read"))
    try selection.select(in: fileSpace.identifier, at: location)
    let memorySpace = try Dataspace.makeHandle(selection.count, for: location)
    try body(memorySpace.identifier, fileSpace.identifier)
  }
}
