import CHDF5

extension AttributeHolder where Self: ~Copyable {
  /// The text of an attribute with one element, of fixed or variable length.
  ///
  /// - Throws: ``HDF5Error`` as for ``texts(inAttribute:)``, and `.shapeMismatch` if there is not exactly one element.
  public func text(inAttribute name: String) throws -> String {
    let texts = try texts(inAttribute: name)
    guard texts.count == 1 else {
      throw location.error(.shapeMismatch, "the attribute \"\(name)\" has \(texts.count) elements, not one")
    }
    return texts[0]
  }

  /// The text of an attribute with one element; nil if there is no such attribute.
  ///
  /// - Throws: The errors of ``text(inAttribute:)``.
  public func textIfPresent(inAttribute name: String) throws -> String? {
    // Most requested attributes exist, so do not check the existence first.
    do {
      return try text(inAttribute: name)
    } catch let error as HDF5Error where error.code == .noSuchObject {
      return nil
    }
  }

  /// The texts of an attribute, of fixed or variable length, without their padding.
  ///
  /// - Throws: ``HDF5Error`` with code `.noSuchObject`, `.invalidName`, `.typeMismatch` if the elements are not text,
  ///   `.refused`, or `.corrupt`, also if a text is not valid UTF-8.
  public func texts(inAttribute name: String) throws -> [String] {
    try withHDF5Lock {
      let attribute = try Attribute(opening: name, of: location)
      switch attribute.datatype {
      case .fixedString(let byteCount, let padding, _): return try attribute.fixedTexts(byteCount, padding)
      case .variableString: return try attribute.variableTexts()
      default:
        throw location.error(
          .typeMismatch, "the attribute \"\(name)\" is of type \(attribute.datatype), not text")
      }
    }
  }

  /// Creates an attribute with one text. The stored length is the number of its bytes.
  ///
  /// - Throws: ``HDF5Error`` with code `.alreadyExists`, `.invalidName`, `.typeMismatch` if the text contains a NUL,
  ///   `.permissionDenied` or `.inputOutput`.
  public func setAttribute(_ name: String, to text: String) throws {
    try writeTexts(name, [text], dimensions: [])
  }

  /// Creates an attribute with one axis of texts. The stored length of each is the number of bytes of the longest text.
  ///
  /// - Throws: The errors of `setAttribute(_:to:)` for one text.
  public func setAttribute(_ name: String, to texts: [String]) throws {
    try writeTexts(name, texts, dimensions: [texts.count])
  }

  /// Creates an attribute with one text of variable length. It may be longer than 64 KiB, which is the limit for other attributes.
  ///
  /// - Throws: The errors of `setAttribute(_:to:)` for one text.
  public func setVariableTextAttribute(_ name: String, to text: String) throws {
    try writeVariableTexts(name, [text], dimensions: [])
  }

  /// Creates an attribute with one axis of texts of variable length.
  ///
  /// - Throws: The errors of `setAttribute(_:to:)` for one text.
  public func setVariableTextAttribute(_ name: String, to texts: [String]) throws {
    try writeVariableTexts(name, texts, dimensions: [texts.count])
  }

  private func writeVariableTexts(_ name: String, _ texts: [String], dimensions: [Int]) throws {
    try withHDF5Lock {
      let location = self.location
      let type = Datatype.variableString(characterSet: .utf8)
      guard !texts.isEmpty else {
        return try Attribute.write(
          name, of: location, datatype: type, dimensions: dimensions,
          bytes: UnsafeRawBufferPointer(start: nil, count: 0))
      }
      try VariableText.withPointers(to: texts, at: location) { pointers in
        try Attribute.write(
          name, of: location, datatype: type, dimensions: dimensions,
          bytes: UnsafeRawBufferPointer(start: pointers, count: texts.count * type.byteCount))
      }
    }
  }

  /// Overwrites the text of an attribute with one text of fixed length. The new text must fit into the length of the attribute.
  ///
  /// - Throws: ``HDF5Error`` with code `.noSuchObject`, `.typeMismatch` if the attribute is not one text of fixed length or the
  ///   new text is too long, `.permissionDenied` or `.inputOutput`.
  public func overwriteAttribute(_ name: String, with text: String) throws {
    try withHDF5Lock {
      let attribute = try Attribute(opening: name, of: location)
      guard case .fixedString(let byteCount, let padding, _) = attribute.datatype, attribute.count == 1 else {
        throw location.error(.typeMismatch, "the attribute \"\(name)\" is not one text of fixed length")
      }
      let bytes = try Text.encode([text], byteCount: byteCount, padding: padding, at: location)
      try bytes.withUnsafeBytes { try attribute.overwrite(with: $0) }
    }
  }

  private func writeTexts(_ name: String, _ texts: [String], dimensions: [Int]) throws {
    try withHDF5Lock {
      let location = self.location
      let byteCount = Text.byteCount(for: texts)
      let bytes = try Text.encode(texts, byteCount: byteCount, padding: .nullPadded, at: location)
      try bytes.withUnsafeBytes {
        try Attribute.write(
          name, of: location, datatype: .text(byteCount: byteCount), dimensions: dimensions, bytes: $0)
      }
    }
  }
}

extension Attribute {
  fileprivate func fixedTexts(_ byteCount: Int, _ padding: Datatype.StringPadding) throws -> [String] {
    guard count > 0 else { return [] }
    let type = try datatype.makeHandle(for: location)
    var bytes = [UInt8](repeating: 0, count: count * byteCount)
    return try bytes.withUnsafeMutableBytes { bytes in
      try read(into: bytes.baseAddress!, as: type.identifier)
      return try (0..<count).map { index in
        let element = UnsafeRawBufferPointer(rebasing: bytes[(index * byteCount)..<((index + 1) * byteCount)])
        return try Text.decode(element, padding: padding, at: location)
      }
    }
  }

  fileprivate func variableTexts() throws -> [String] {
    guard count > 0 else { return [] }
    let type = try datatype.makeHandle(for: location)
    let space = try Handle(
      H5Aget_space(handle.identifier), orThrow: location.failure(.corrupt, "the extents cannot be read"))
    return try withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<CChar>?.self, capacity: count) { pointers in
      pointers.initialize(repeating: nil)
      try read(into: pointers.baseAddress!, as: type.identifier)
      defer {
        _ = H5Dvlen_reclaim(type.identifier, space.identifier, chdf5_default_properties(), pointers.baseAddress!)
      }
      return try pointers.map { try VariableText.decode($0, at: location) }
    }
  }
}
