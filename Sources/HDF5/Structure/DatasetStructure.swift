/// A dataset whose structure was checked.
struct DatasetStructure {
  let type: DatatypeStructure
  let space: DataspaceStructure
  let layout: LayoutStructure
  /// The registered numbers of the filters that chunks pass through.
  let filters: [Int]

  /// Checks the messages of a dataset, and the index of its chunks.
  init(
    _ header: ObjectHeader, _ superblock: Superblock, _ reader: MetadataReader, types: any CommittedTypes,
    texts: any TextCollections
  ) throws(StructureError) {
    guard let typeMessage = try header.only(.datatype), let spaceMessage = try header.only(.dataspace),
      let layoutMessage = try header.only(.layout)
    else { throw .corrupt("a dataset has no type, no extents or no storage") }
    guard try header.only(.externalFiles) == nil else {
      throw .refused("keeps its elements in external files; copy them into this one")
    }
    layout = try LayoutStructure(layoutMessage)
    if case .virtual = layout {
      throw .refused("is a virtual dataset, whose elements are in other files; copy them into this one")
    }
    type = try DatatypeStructure(typeMessage, types)
    space = try DataspaceStructure(spaceMessage)
    filters = try header.only(.filters).map(Self.filters) ?? []
    try Self.checkFillValues(header, type, texts)
    let byteCount = try space.byteCount(elementByteCount: type.byteCount)
    switch layout {
    case .compact(let elements):
      guard elements.count >= byteCount else { throw elements.corrupt("has fewer elements than its extents") }
    case .contiguous(let address, let stored):
      if let address { try reader.check(address, count: max(stored ?? byteCount, byteCount), "dataset") }
      guard stored ?? byteCount >= byteCount || address == nil else {
        throw .corrupt("the dataset has fewer elements than its extents")
      }
    case .chunked(let chunks):
      guard chunks.extents.count == space.extents.count + 1, chunks.extents.last == type.byteCount, !space.isNull else {
        throw .corrupt("the chunks of the dataset do not have its number of axes and its element size")
      }
      try ChunkIndexCheck.run(chunks, space, isFiltered: !filters.isEmpty, superblock, reader)
    case .virtual: break
    }
  }

  private static let largestFilterCount = 32

  /// Reads the identifiers of a dataset's filters from its header message.
  private static func filters(_ message: ObjectHeader.Message) throws(StructureError) -> [Int] {
    guard !message.isShared else { throw .unread("the filters of a dataset are stored elsewhere") }
    var fields = message.fields
    let version = try fields.version(1...2)
    let count = try fields.byte()
    guard count <= largestFilterCount else { throw fields.corrupt("has \(count) filters") }
    if version == 1 { try fields.skip(6) }
    var filters: [Int] = []
    for _ in 0..<count {
      let filter = try fields.number(2)
      let nameCount = version > 1 && filter < 256 ? 0 : try fields.number(2)
      try fields.skip(2)
      let parameterCount = try fields.number(2)
      var name = try fields.part(nameCount)
      guard version > 1 || nameCount.isMultiple(of: 8) else {
        throw fields.corrupt("has a filter with a name of an impossible length")
      }
      if nameCount > 0 { _ = try name.terminatedText() }
      try fields.skip(4 * parameterCount + (version == 1 ? parameterCount % 2 * 4 : 0))
      filters.append(filter)
    }
    return filters
  }

  /// Checks that the fill value (the value of elements that were never written) has the size of an element.
  private static func checkFillValues(
    _ header: ObjectHeader, _ type: DatatypeStructure, _ texts: any TextCollections
  ) throws(StructureError) {
    func check(_ fields: inout Fields) throws(StructureError) {
      let count = try fields.number(4)
      // Older writers store a negative size if there is no value.
      guard count > 0, count < 1 << 31 else { return }
      guard count == type.byteCount else {
        throw fields.corrupt("has a fill value that does not have the size of an element")
      }
      var value = try fields.part(count)
      if type.isVariableText { try texts.check(&value) }
    }
    if let message = try header.only(.oldFillValue) {
      guard !message.isShared else { throw .unread("the fill value of a dataset is stored elsewhere") }
      var fields = message.fields
      try check(&fields)
    }
    guard let message = try header.only(.fillValue) else { return }
    guard !message.isShared else { throw .unread("the fill value of a dataset is stored elsewhere") }
    var fields = message.fields
    if try fields.version(1...3) == 3 {
      let flags = try fields.byte()
      guard flags & 0xC0 == 0, flags & 0x30 != 0x30 else { throw fields.corrupt("has a fill value with unknown flags") }
      if flags & 0x20 != 0 { try check(&fields) }
    } else {
      try fields.skip(2)
      if try fields.byte() != 0 { try check(&fields) }
    }
  }
}
