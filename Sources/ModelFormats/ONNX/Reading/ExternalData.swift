import Names
import Platform
import Remote

/// Reads the tensors that an ONNX model keeps in other files of its folder. Nothing outside of the folder is read.
final class ExternalData {
  private let model: String
  private let folder: String
  private var files: [String: ReadableFile] = [:]

  /// The files in the folder of the model at a path.
  init(besideModel path: String) {
    model = path
    folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  /// Reads the bytes of a tensor.
  ///
  /// - Parameters:
  ///   - entries: The entries `location`, `offset` and `length`, which say where the bytes are.
  ///   - byteCount: The size that the tensor's shape and type need.
  ///   - tensor: The tensor's name, for messages.
  /// - Throws: `ModelFormatError` if the bytes are outside of the folder or the file, or if the size does not fit.
  func bytes(
    at entries: [Onnx_StringStringEntryProto], byteCount: Int, of tensor: Name
  ) throws(ModelFormatError) -> [UInt8] {
    func fail(_ message: String) -> ModelFormatError {
      ModelFormatError(.malformed, "the external data \(message)", path: model, object: tensor)
    }
    var places: [String: String] = [:]
    for entry in entries where places.updateValue(entry.value, forKey: entry.key) != nil {
      throw fail("names \(entry.key) twice")
    }
    func number(_ key: String) throws(ModelFormatError) -> Int? {
      guard let text = places[key] else { return nil }
      guard let number = Int(text), number >= 0 else {
        throw fail("has the \(key) \"\(text)\", which is not a count of bytes")
      }
      return number
    }
    guard let location = places["location"], !location.isEmpty else { throw fail("has no location") }
    let offset = try number("offset") ?? 0
    let length = try number("length") ?? byteCount
    guard length == byteCount else {
      throw fail("has \(length) bytes; the shape and type of the tensor need \(byteCount)")
    }
    let file = try open(location, fail)
    do {
      return try file.read(at: offset, count: length)
    } catch {
      throw fail("in \(location) cannot be read: \(error.message)")
    }
  }

  private func open(
    _ location: String, _ fail: (String) -> ModelFormatError
  ) throws(ModelFormatError) -> ReadableFile {
    if let known = files[location] { return known }
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.utf8.contains(0), !location.contains("\\"), !parts.contains(where: { $0 == ".." || $0.isEmpty })
    else {
      throw fail(
        "is at \"\(location)\", which is outside of the model's folder or not a usable path; move the file into this folder "
          + "and save the model again")
    }
    let path = folder + location
    let isInside: Bool
    let file: ReadableFile
    do throws(FileError) {
      // A URL has no links that lead elsewhere.
      isInside =
        if RemotePath.isRemote(path) { true } else {
          try FolderBoundary.isInside(path, folder: folder.isEmpty ? "." : folder)
        }
      file = try ReadableFile(at: path)
    } catch {
      throw fail("in \"\(location)\" cannot be read: \(error.message)")
    }
    guard isInside else {
      throw fail("is at \"\(location)\", a link that leads out of the model's folder; put the file itself there")
    }
    files[location] = file
    return file
  }
}
