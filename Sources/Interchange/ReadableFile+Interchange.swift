import Platform

extension ReadableFile {
  /// Opens a file of another library.
  ///
  /// - Throws: `InterchangeError` with code `.notFound`, `.notReadable` or `.inputOutput`.
  static func open(_ path: String) throws(InterchangeError) -> ReadableFile {
    do {
      return try ReadableFile(opening: path)
    } catch {
      throw InterchangeError(error)
    }
  }

  /// The bytes in a range of offsets.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` if the file ends earlier, `.inputOutput` if reading fails.
  func bytes(at offset: Int, count: Int) throws(InterchangeError) -> [UInt8] {
    do {
      return try read(at: offset, count: count)
    } catch {
      throw InterchangeError(error)
    }
  }
}
