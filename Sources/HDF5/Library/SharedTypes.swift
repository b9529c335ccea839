import CHDF5

/// Types and dataspaces that many objects share. They never change. To make one takes about as long as to use it for the first time.
/// Use them under the lock.
enum SharedTypes {
  /// The dataspace of a single element.
  static let scalar = H5Screate(H5S_SCALAR)
  /// The type of a list of references to objects.
  static let listOfReferences = H5Tvlen_create(chdf5_type_object_reference())

  /// The greatest number of types that are kept, and the greatest size of their elements.
  private static let limits = (count: 256, byteCount: 256)
  // Used only while the lock is held.
  nonisolated(unsafe) private static var types: [(type: Datatype, identifier: hid_t)] = []

  /// The library's description of a type. A closure makes it if it is not kept yet.
  static func handle(of type: Datatype, for location: Location, _ make: () throws -> Handle) throws -> Handle {
    // Files have few types, and a comparison is faster than a hash.
    if let known = types.first(where: { $0.type == type }) {
      return try Handle(sharing: known.identifier, for: location)
    }
    let made = try make()
    guard types.count < limits.count, type.byteCount <= limits.byteCount, H5Iinc_ref(made.identifier) >= 0 else {
      return made
    }
    types.append((type, made.identifier))
    return made
  }
}
