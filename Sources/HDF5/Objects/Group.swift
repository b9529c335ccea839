import CHDF5

/// An open group: named links to objects, and attributes. The group closes when this value is destroyed.
public struct Group: ~Copyable, Sendable, ObjectContainer {
  private let handle: Handle
  private let file: FileReference
  /// The path from the root group, beginning with "/".
  public let path: String

  init(handle: consuming Handle, file: FileReference, path: String) {
    self.handle = handle
    self.file = file
    self.path = path
  }

  /// The group as an object that has attributes.
  public var location: Location { Location(identifier: handle.identifier, file: file, path: path) }
}
