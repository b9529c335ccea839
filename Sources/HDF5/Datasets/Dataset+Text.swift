import CHDF5
import Platform

extension Dataset {
  /// The text, of fixed or variable length, of a scalar dataset or of a dataset with a single element.
  ///
  /// - Throws: ``HDF5Error`` as for ``readStrings()``, and `.shapeMismatch` unless there is exactly one element.
  public func readString() throws -> String {
    guard count == 1 else { throw location.error(.shapeMismatch, "has \(count) elements, not one") }
    return try readStrings()[0]
  }

  /// The texts of all elements, of fixed or variable length, without padding.
  ///
  /// - Throws: ``HDF5Error`` with code `.typeMismatch` if the elements are not text, `.corrupt`, also if a text is not valid
  ///   UTF-8, `.refused` if the extents are too large for the stored bytes, or `.inputOutput`.
  public func readStrings() throws -> [String] {
    switch datatype {
    case .fixedString(let byteCount, let padding, _):
      let bytes = try readBytes()
      return try bytes.withUnsafeBytes { bytes in
        try (0..<count).map { index in
          let element = UnsafeRawBufferPointer(rebasing: bytes[(index * byteCount)..<((index + 1) * byteCount)])
          return try Text.decode(element, padding: padding, at: location)
        }
      }
    case .variableString: return try readVariableStrings()
    default: throw location.error(.typeMismatch, "holds elements of type \(datatype), not text")
    }
  }

  /// Writes the text of a scalar dataset, or of a dataset with a single element.
  ///
  /// - Throws: ``HDF5Error`` as for ``writeStrings(_:)``.
  public func writeString(_ text: String) throws {
    try writeStrings([text])
  }

  /// Writes the texts of all elements, of fixed or variable length.
  ///
  /// - Throws: ``HDF5Error`` with code `.shapeMismatch` if the number of texts differs, `.typeMismatch` if the elements are not
  ///   text, or a text is too long or contains a NUL, `.permissionDenied` or `.inputOutput`.
  public func writeStrings(_ texts: [String]) throws {
    switch datatype {
    case .fixedString(let byteCount, let padding, _):
      try checkCount(texts.count, nil)
      try writeBytes(try Text.encode(texts, byteCount: byteCount, padding: padding, at: location))
    case .variableString:
      try checkCount(texts.count, nil)
      try withHDF5Lock {
        try location.checkWritable()
        guard !texts.isEmpty else { return }
        let type = try datatype.makeHandle(for: location)
        try VariableText.withPointers(to: texts, at: location) { pointers in
          try transfer(
            from: pointers, as: type.identifier, to: nil, properties: chdf5_default_properties())
        }
      }
    default: throw location.error(.typeMismatch, "holds elements of type \(datatype), not text")
    }
  }

  private func readVariableStrings() throws -> [String] {
    try withHDF5Lock {
      try checkReadable(nil)
      guard count > 0 else { return [] }
      if file.isForeign {
        let references = try storedReferences()
        _ = try file.examine(path) { structure throws(StructureError) in try structure.checkTexts(references) }
      }
      let fileByteCount = try file.byteCount()
      let type = try datatype.makeHandle(for: location)
      let properties = try Handle(
        H5Pcreate(chdf5_class_dataset_transfer()), orThrow: location.failure(.libraryFailure, "no property list"))
      // Each text is stored once and uncompressed, so all texts together are no longer than the file. A file that refers to one
      // text many times would exhaust the memory.
      let arena = TextArena(byteLimit: fileByteCount.addingReportingOverflow(2 * count).partialValue)
      return try withExtendedLifetime(arena) {
        try arena.install(in: properties.identifier, location)
        return try withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<CChar>?.self, capacity: count) { pointers in
          pointers.initialize(repeating: nil)
          do {
            try transfer(
              into: pointers.baseAddress!, as: type.identifier, from: nil, properties: properties.identifier)
          } catch {
            guard arena.isExhausted else { throw error }
            throw location.error(.refused, "refers to more text than the file can hold")
          }
          return try pointers.map { try VariableText.decode($0, at: location) }
        }
      }
    }
  }
}

/// The owner of the texts that the library allocates during one read.
private final class TextArena {
  private var texts: [UnsafeMutableRawPointer] = []
  private var bytesLeft: Int
  private(set) var isExhausted = false

  init(byteLimit: Int) {
    bytesLeft = byteLimit
  }

  deinit {
    for text in texts { free(text) }
  }

  /// Lets reads with these properties allocate memory in this arena. The arena must exist longer than the reads.
  func install(in properties: hid_t, _ location: Location) throws {
    let arena = Unmanaged.passUnretained(self).toOpaque()
    let status = H5Pset_vlen_mem_manager(
      properties,
      { byteCount, arena in
        Unmanaged<TextArena>.fromOpaque(arena!).takeUnretainedValue().allocate(byteCount)
      }, arena,
      // The arena frees the memory, even if a read fails half-way.
      { _, _ in }, arena)
    try location.check(status, "could not set up memory for text")
  }

  private func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    guard byteCount <= bytesLeft, let text = malloc(max(byteCount, 1)) else {
      isExhausted = true
      return nil
    }
    bytesLeft -= byteCount
    texts.append(text)
    return text
  }
}
