import JSON
import Names
import Platform
import Tensors

extension NumPyArchive {
  /// Writes tensors to an archive that does not exist yet, as `numpy.savez` does, but with the same date for all members. Texts
  /// become an array `__metadata__`, which holds the bytes of a JSON object.
  ///
  /// - Throws: `InterchangeError` with code `.unsuitable` for a type that NumPy does not have, `.cannotCreate` or `.inputOutput`;
  ///   the errors of reading a tensor.
  static func write(_ tensors: [OutgoingTensor], metadata: [Name: String], to path: String) throws {
    var writer = try ZipWriter(creating: path)
    for tensor in tensors {
      let header = try NumPyHeader(tensor.entry).checkedBytes(path: path)
      let byteCount = header.count + tensor.entry.byteCount
      try writer.add("\(tensor.entry.name)\(fileExtension)", byteCount: byteCount) { write in
        try header.withUnsafeBytes(write)
        try tensor.content(write)
      }
    }
    if !metadata.isEmpty {
      let text = Array(try JSONValue.object(metadata.mapValues { .text($0) }).jsonText().utf8)
      let entry = TensorFile.Entry(name: SafeTensorsHeader.metadataKey, shape: Shape([text.count]), type: .uint8)
      let header = try NumPyHeader(entry).checkedBytes(path: path)
      try writer.add("\(entry.name)\(fileExtension)", byteCount: header.count + text.count) { write in
        try header.withUnsafeBytes(write)
        try text.withUnsafeBytes(write)
      }
    }
    try writer.finish()
  }
}

extension NumPyArray {
  /// Writes a tensor to an `.npy` file that does not exist yet.
  ///
  /// - Throws: The errors of `NumPyArchive.write(_:to:)`, and `FileError`.
  static func write(_ tensor: OutgoingTensor, to path: String) throws {
    let file = try WritableFile(creating: path)
    try file.append(NumPyHeader(tensor.entry).checkedBytes(path: path))
    try tensor.content { try file.append($0) }
    try file.close()
  }
}

extension NumPyHeader {
  /// Creates a header for an entry of a tensor file.
  fileprivate init(_ entry: TensorFile.Entry) {
    self.init(type: entry.type, shape: entry.shape)
    elements.isBoolean = entry.isBoolean
  }

  /// Returns the header's bytes.
  ///
  /// - Throws: `InterchangeError` with code `.unsuitable` for a type or a number of axes that NumPy does not have.
  fileprivate func checkedBytes(path: String) throws(InterchangeError) -> [UInt8] {
    guard let bytes else {
      throw InterchangeError(.unsuitable, "NumPy has no \(elements.type.rawValue) array of shape \(shape)", path: path)
    }
    return bytes
  }
}
