/// Reads the parameters from a checkpoint of Blocks. The checkpoint is a tar archive, and the parameters are an `.npz` archive in it,
/// with `|` instead of `/` in their names. The pickles in the tar archive are never read.
enum BlocksFile {
  /// The member with the parameters.
  static let parametersMember: Name = "_parameters"

  /// Reads the content of a tar archive: the list of the parameters, but no elements.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` or `.inputOutput`.
  static func content(of region: ByteRegion) throws(InterchangeError) -> TensorContent {
    let archive = try TarArchive(region)
    guard let member = archive.members.first(where: { $0.name == parametersMember }) else {
      throw InterchangeError(.malformed, "the checkpoint has no member \"\(parametersMember)\"", path: region.path)
    }
    var content = try NumPySource.content(of: ZipArchive(archive.content(of: member)), format: .blocks) { name in
      Name(String(name.text.map { $0 == "|" ? "/" : $0 }))
    }
    content.skipped += archive.members.filter { $0.name != parametersMember }.map { member in
      TensorFile.Skipped(name: member.name, reason: "the member is not part of the parameters, and is not read")
    }
    return content
  }
}
