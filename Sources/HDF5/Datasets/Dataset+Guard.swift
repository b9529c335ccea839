import CHDF5
import Platform

extension Dataset {
  private static let slack = 64 << 10
  /// The greatest size of a dataset for which the file stores no elements. All elements of such a dataset have the fill value.
  private static let largestUnstored = 1 << 20

  /// Checks that all elements can be read into memory. Call this before you allocate memory.
  ///
  /// It throws an error if the elements need more memory than the machine has, if the stored bytes are too few for the extents,
  /// or if an earlier write to the file failed.
  ///
  /// - Throws: ``HDF5Error`` with code `.refused`.
  public func checkReadable() throws { try withHDF5Lock { try checkReadable(nil) } }

  /// Checks in the same way that a selection, or all elements, can be read. Call it under the lock.
  func checkReadable(_ selection: Hyperslab?) throws {
    try file.checkUsable()
    // The library expands whole chunks, even if only a small part of them is selected.
    let wanted = selection == nil ? byteCount(of: dimensions) : max(try selectedByteCount(selection), chunkByteCount())
    guard let wanted else { throw tooManyBytes }
    guard wanted <= Self.slack || Memory.canProvide(byteCount: wanted) else {
      throw location.error(.refused, "needs \(wanted) bytes of memory, which this machine does not have")
    }
    try checkStored(wanted)
  }

  /// The number of bytes of all elements. Extents that are too large for the stored bytes are refused, even if the memory of the
  /// machine is large enough. Call it under the lock.
  func checkStored() throws -> Int {
    try file.checkUsable()
    guard let wanted = byteCount(of: dimensions) else { throw tooManyBytes }
    try checkStored(wanted)
    return wanted
  }

  private func checkStored(_ wanted: Int) throws {
    guard wanted > Self.slack else { return }
    let stored = min(Int(clamping: H5Dget_storage_size(handle.identifier)), try file.byteCount())
    if stored == 0 {
      guard wanted <= Self.largestUnstored else {
        throw location.error(.refused, "declares \(wanted) bytes of elements but stores no bytes")
      }
    } else if (wanted - Self.slack) / max(1, file.limits.expansion) > stored {
      throw location.error(
        .refused,
        "declares \(wanted) bytes of elements but stores only \(stored) bytes, less than "
          + "1/\(max(1, file.limits.expansion)) of them; if you trust this file, raise "
          + "ReadingLimits.expansion in your program")
    }
  }

  private var tooManyBytes: HDF5Error {
    location.error(
      .refused,
      "has the extents \(dimensions) and elements of \(datatype.byteCount) bytes, which is more than memory can hold")
  }

  private func byteCount(of extents: [Int]) -> Int? {
    guard let count = Dataspace.elementCount(of: extents) else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: datatype.byteCount)
    return overflow ? nil : bytes
  }

  private func selectedByteCount(_ selection: Hyperslab?) throws -> Int {
    guard let selection else { return 0 }
    _ = try selection.elementCount(in: dimensions, at: location)
    return byteCount(of: selection.count) ?? Int.max
  }

  private func chunkByteCount() -> Int {
    guard case .chunked(let extents, _) = layout else { return 0 }
    return byteCount(of: extents) ?? Int.max
  }
}
