import Platform

extension ReadableFile {
  /// Opens a file of this machine, or the object at a URL (see `RemotePath`).
  ///
  /// - Throws: `FileError` with code `.notFound`, `.notReadable`, `.denied` or `.inputOutput`.
  package convenience init(at location: String) throws(FileError) {
    if RemotePath.isRemote(location) {
      self.init(try RemoteFile.open(location))
    } else {
      try self.init(opening: location)
    }
  }
}
