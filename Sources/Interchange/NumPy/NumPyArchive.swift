import Messages
@_exported import Names
import Platform
import Tensors

/// An `.npz` archive: a ZIP file whose members are `.npy` files, as `numpy.savez` and `numpy.savez_compressed` write it.
public struct NumPyArchive: Sendable {
  /// The path of the archive.
  public var path: String { archive.path }
  /// The names of the arrays in the order of the archive, without the extension `.npy`.
  public let memberNames: [Name]

  private let archive: ZipArchive

  /// Opens an archive and checks its directory.
  ///
  /// - Throws: `InterchangeError` with code `.notFound`, `.notReadable`, `.malformed`, `.unsupported` (encrypted members,
  ///   archives in several parts, compression other than deflate) or `.inputOutput`.
  public init(opening path: String) throws(InterchangeError) {
    self.init(try ZipArchive(opening: path))
  }

  /// The arrays of an archive that is already open.
  init(_ archive: ZipArchive) {
    self.archive = archive
    memberNames = archive.members.map(\.name).filter { $0.hasSuffix(Self.fileExtension) }
      .map { Name(Substring($0.text.utf8.dropLast(Self.fileExtension.utf8.count))) }
  }

  /// Opens one array, after a check of its CRC-32. A large compressed array is expanded to a temporary file without a name.
  ///
  /// - Throws: `InterchangeError` with code `.noSuchMember`, `.malformed`, `.unsupported`, `.cannotCreate` or `.inputOutput`.
  /// - Complexity: O(n) in the size of the member; the other members are not read.
  public func array(named name: Name) throws(InterchangeError) -> NumPyArray {
    let content = try archive.content(of: member(named: name))
    return try NumPyArray(content, path: "\(path):\(name)")
  }

  /// Returns the member that holds an array.
  ///
  /// - Throws: `InterchangeError` with code `.noSuchMember`.
  func member(named name: Name) throws(InterchangeError) -> ZipMember {
    guard let member = archive.member("\(name)\(Self.fileExtension)") else {
      let advice = suggestion(for: name.text, among: memberNames.map(\.text), noun: "array")
      throw InterchangeError(.noSuchMember, "there is no array \"\(name)\". \(advice)", path: path)
    }
    return member
  }

  /// The extension of the members' names.
  static let fileExtension: Name = ".npy"
}
