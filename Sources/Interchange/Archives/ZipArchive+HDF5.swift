import HDF5

extension ZipArchive {
  /// Opens a member that is an HDF5 file, such as the weights in a `.keras` archive.
  ///
  /// libhdf5 reads files from their beginning, so the member is copied to a temporary file, in bounded memory. The copy's name is
  /// removed when the copy is open, and the copy is deleted when the returned file is closed.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` if the member is damaged or not an HDF5 file, `.cannotCreate` if no
  ///   temporary file can be created, or `.inputOutput`.
  package func openHDF5(_ member: Member) throws(InterchangeError) -> HDF5.File {
    let copy = try temporaryFile(of: member, keepsName: true)
    // By now, the library has opened the file, or has failed to open it.
    defer { copy.removeName() }
    do {
      return try HDF5.File(opening: copy.path, calledAs: memberPath(member))
    } catch let error as HDF5Error {
      throw InterchangeError(error)
    } catch {
      throw InterchangeError(.inputOutput, "\(error)", path: memberPath(member), cause: error)
    }
  }
}
