/// Checks the attributes of an object.
struct AttributeCheck {
  let reader: MetadataReader
  let types: any CommittedTypes
  let texts: any TextCollections

  /// Checks all attributes.
  func run(_ header: ObjectHeader) throws(StructureError) {
    for message in header.messages where message.type == .attribute {
      guard !message.isShared else { throw .unread("an attribute is stored in a table of shared messages") }
      try check(message.fields)
    }
    guard let information = try header.only(.attributeInformation) else { return }
    let (heap, index) = try Self.places(information)
    guard let heap else { return }
    guard let index else { throw information.fields.corrupt("has attributes without an index") }
    var objects = try FractalHeap(at: heap, identifierByteCount: 8, reader)
    for var record in try BTree2(at: index, .attributeName, recordByteCount: 17, reader).records {
      let identifier = try record.part(8)
      guard try record.byte() & 2 == 0 else { throw .unread("an attribute is stored in a table of shared messages") }
      try check(objects.object(identifier))
    }
  }

  /// Whether the attributes of an object are in a heap, not in its header.
  static func isHeap(_ information: ObjectHeader.Message) throws(StructureError) -> Bool {
    try places(information).heap != nil
  }

  /// The addresses of the heap of attributes and of its index.
  private static func places(_ information: ObjectHeader.Message) throws(StructureError) -> (heap: Int?, index: Int?) {
    var fields = information.fields
    _ = try fields.version(0...0)
    let flags = try fields.byte()
    if flags & 1 != 0 { try fields.skip(2) }
    let places = (heap: try fields.optionalAddress(), index: try fields.optionalAddress())
    if flags & 2 != 0 { try fields.skip(8) }
    return places
  }

  private func check(_ message: Fields) throws(StructureError) {
    var attribute = try AttributeStructure(message, types)
    if let count = attribute.type.referredByteCount {
      try texts.check(&attribute.elements, elementByteCount: count)
    }
  }
}

/// An attribute, as a message in the header of its object describes it.
struct AttributeStructure {
  let type: DatatypeStructure
  let space: DataspaceStructure
  var elements: Fields

  /// Reads a message.
  init(_ message: Fields, _ types: any CommittedTypes) throws(StructureError) {
    var fields = message
    let version = try fields.version(1...3)
    let flags = try fields.byte()
    guard version == 1 || flags & ~1 == 0 else { throw .unread("an attribute is stored in a table of shared messages") }
    let counts = (name: try fields.number(2), type: try fields.number(2), space: try fields.number(2))
    if version == 3 {
      guard try fields.byte() <= 1 else { throw fields.corrupt("has a name of an unknown encoding") }
    }
    func part(_ count: Int) throws(StructureError) -> Fields {
      let part = try fields.part(count)
      if version == 1 { try fields.skip((8 - count % 8) % 8) }
      return part
    }
    let name = try part(counts.name).rest
    guard counts.name > 1, name.firstIndex(of: 0) == name.endIndex - 1 else {
      throw fields.corrupt("has an attribute without a valid name")
    }
    var typeFields = try part(counts.type)
    type =
      version > 1 && flags & 1 != 0
      ? try DatatypeStructure.shared(&typeFields, types) : try DatatypeStructure(&typeFields, level: 1)
    var spaceFields = try part(counts.space)
    space = try DataspaceStructure(&spaceFields)
    elements = try fields.part(space.byteCount(elementByteCount: type.byteCount))
  }

  /// The name in a message, without its NUL. Use it to find an attribute without reading the others.
  static func name(_ message: Fields) throws(StructureError) -> ArraySlice<UInt8> {
    var fields = message
    let version = try fields.version(1...3)
    try fields.skip(1)
    let count = try fields.number(2)
    try fields.skip(version == 3 ? 5 : 4)
    return try fields.part(count).rest.dropLast()
  }
}

/// Finds the blocks of a file that hold texts and lists of variable length. `FileStructure` implements it.
protocol TextCollections {
  func collection(at address: Int) throws(StructureError) -> GlobalHeap
}

extension TextCollections {
  /// Checks that all elements refer to texts or lists that exist and have the stated lengths.
  ///
  /// - Parameter elementByteCount: The size of an element of a list. It is 1 for texts.
  func check(_ elements: inout Fields, elementByteCount: Int = 1) throws(StructureError) {
    while elements.count >= 16 {
      let count = try elements.number(4)
      let address = try elements.number(8)
      let index = try elements.number(4)
      guard address != 0 else { continue }
      let (byteCount, overflow) = count.multipliedReportingOverflow(by: elementByteCount)
      guard !overflow, try collection(at: address).places[index]?.byteCount == byteCount else {
        throw elements.corrupt("refers to a text that does not exist or does not have the stated length")
      }
    }
  }
}
