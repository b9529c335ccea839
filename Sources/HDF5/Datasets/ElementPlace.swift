import CHDF5
import Platform

/// The byte range in a file that holds all elements of a dataset. The file was opened for reading, and stays open as long as this
/// value exists. The dataset can be closed.
public struct ElementPlace: Sendable {
  let file: FileReference
  let bytes: ReadableFile
  /// The path of the dataset.
  public let path: String
  /// The offset of the first element from the beginning of the file.
  public let byteOffset: Int
  /// The number of bytes of all elements.
  public let byteCount: Int

  /// Fills a buffer with the bytes from a position on. Several threads may read at the same time.
  ///
  /// - Precondition: The dataset has enough bytes from this position on.
  /// - Throws: ``HDF5Error`` with code `.truncated` or `.inputOutput`.
  public func read(into destination: UnsafeMutableRawBufferPointer, from position: Int) throws {
    precondition(position >= 0 && destination.count <= byteCount - position)
    do throws(FileError) {
      try bytes.read(into: destination, at: byteOffset + position, likelyUntil: byteOffset + byteCount)
    } catch {
      throw HDF5Error(reading: error, of: path, in: file)
    }
  }
}

extension ElementPlace {
  /// Calls a body with the bytes of the elements. The system reads each part when the body uses it.
  ///
  /// - Returns: The result of the body; nil if the system cannot map the file.
  /// - Throws: The errors of the body; ``HDF5Error`` with code `.truncated` if the body used bytes that another program has
  ///   removed from the file. The body sees zeros instead of these bytes.
  public func withMappedBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result? {
    guard let mapping = try file.mapping(), byteOffset + byteCount <= mapping.byteCount else { return nil }
    let range = byteOffset..<byteOffset + byteCount
    mapping.prepare(range)
    defer { withExtendedLifetime(mapping) {} }
    let result: Swift.Result<Result, any Error> = Swift.Result { try mapping.withBytes(range, body) }
    guard !mapping.isDamaged else {
      throw HDF5Error(
        .truncated, "another program cut the file short while it was used", file: file.path, objectPath: path)
    }
    return try result.get()
  }

  var tooLarge: HDF5Error {
    HDF5Error(
      .refused, "needs \(byteCount) bytes of memory, which this machine does not have", file: file.path,
      objectPath: path)
  }
}

extension Dataset {
  /// The byte range of the elements in the file; nil if the elements have no fixed place.
  ///
  /// The elements have no fixed place if they are in several pieces, were never written, can still change, or go beyond the end of
  /// the file.
  ///
  /// - Throws: ``HDF5Error`` with code `.inputOutput` if the process has too many open descriptors.
  public var place: ElementPlace? {
    get throws {
      guard layout == .contiguous, !file.isWritable else { return nil }
      return try withHDF5Lock {
        try file.checkUsable()
        let offset = H5Dget_offset(handle.identifier)
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: datatype.byteCount)
        guard offset != chdf5_undefined_address(), let byteOffset = Int(exactly: offset), !overflow,
          try byteCount <= file.byteCount() - byteOffset, datatype.isNumeric || (try? fixedSizeType()) != nil
        else { return nil }
        return ElementPlace(
          file: file, bytes: try file.bytes(), path: path, byteOffset: byteOffset, byteCount: byteCount)
      }
    }
  }
}

extension HDF5Error {
  /// Converts an error of the operating system that occurred while elements of a dataset were read.
  init(reading error: FileError, of path: String, in file: FileReference) {
    if let reason = error.reason {
      self.init(.inputOutput, "the elements cannot be read", file: file.path, objectPath: path, reason: reason)
    } else if file.isRemote {
      self.init(error)
    } else {
      self.init(.truncated, "the file ends before the elements do", file: file.path, objectPath: path)
    }
  }
}
