/// The properties of a checked contiguous dataset that suffice to read its elements without the library.
struct DatasetParts {
  /// The text of a requested attribute.
  struct AttributeText {
    let bytes: [UInt8]
    let padding: Datatype.StringPadding
  }

  let datatype: Datatype
  let dimensions: [Int]
  /// The offset of the first element from the beginning of the file; nil if no space is allocated for elements.
  let byteOffset: Int?
  let byteCount: Int
  /// The requested attributes; nil for an attribute that is missing.
  private(set) var texts: [AttributeText?]

  /// Takes the properties of a dataset; nil if only the library can read the dataset or a requested attribute.
  init?(
    _ dataset: DatasetStructure, _ header: ObjectHeader, _ reader: MetadataReader, types: any CommittedTypes,
    texts names: [[UInt8]]
  ) throws(StructureError) {
    guard case .contiguous(let address, _) = dataset.layout, let datatype = dataset.type.plain, !dataset.space.isNull,
      reader.base == 0
    else { return nil }
    self.datatype = datatype
    dimensions = dataset.space.extents
    byteOffset = address
    byteCount = try dataset.space.byteCount(elementByteCount: datatype.byteCount)
    texts = Array(repeating: nil, count: names.count)
    for message in header.messages {
      if message.type == .attributeInformation, try AttributeCheck.isHeap(message) { return nil }
      guard message.type == .attribute else { continue }
      let name = try AttributeStructure.name(message.fields)
      guard let place = names.firstIndex(where: { $0.elementsEqual(name) }) else { continue }
      var attribute = try AttributeStructure(message.fields, types)
      guard case .fixedString(let byteCount, let padding, _)? = attribute.type.plain, attribute.space.extents.isEmpty,
        !attribute.space.isNull
      else { return nil }
      texts[place] = AttributeText(bytes: try attribute.elements.bytes(byteCount), padding: padding)
    }
  }
}
