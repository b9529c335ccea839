import ComputationGraphs
import HDF5
import Interchange
import JSON
import Limits
import Names
import Platform
import Remote

/// Keras models: `.keras` archives, full legacy `.h5` files, and files of weights with a configuration.
///
/// A layer becomes a brick of the same name, and the bricks of a nested model are nested: `/outer/my_bn`. Inputs and outputs
/// keep Keras's names and order of axes. Batch normalizations become normalizations with population statistics. An additional
/// brick, named after the model, stores the whole configuration, so that `write(_:to:)` can write the configuration again.
public enum KerasFormat {
  /// The tensor that holds the state of a layer's random generator. Inference does not use it.
  static let seedName: Name = "seed_generator_state"

  /// Reads a model.
  ///
  /// - Parameters:
  ///   - path: A `.keras` archive, an HDF5 file, or `x.weights.json`, the index of a sharded file of weights.
  ///   - configuration: A file that describes the model: the JSON text of `model.to_json()`, a `.keras` archive, or a full legacy
  ///     file. Files of weights need it. For other files, it replaces the configuration in the file.
  /// - Throws: `ModelFormatError` with code `.unsupported` for a layer that cannot be imported, such as a Lambda or a custom class,
  ///   `.incomplete` for weights without a configuration, `.malformed`, `.notReadable` or `.inputOutput`.
  public static func model(at path: String, configuration: String? = nil) throws(ModelFormatError) -> ImportedModel {
    let given = try configuration.map { (place) throws(ModelFormatError) in try document(at: place) }
    return try ModelFormatError.about(path) {
      let content = try KerasContent(opening: path)
      guard let document = given ?? content.document else {
        throw KerasProblem(
          .incomplete,
          "the file has only weights, which do not say how the model computes; add --architecture with the .keras file of the model or "
            + "with the text of model.to_json()")
      }
      let network = try ModelFormatError.about(configuration ?? path) { try document.network() }
      var reading = KerasWeightReading(network)
      try reading.read(content.files, layout: content.layout)
      let trace = KerasTrace(
        ModelAssembly(file: path), sources: reading.sources, scalar: reading.isDouble ? .float64 : .float32)
      trace.assembly.storedTypes = reading.storedTypes
      for note in document.notes + content.notes { trace.note(note) }
      return try trace.model(network, document: document.brickConfiguration, seeds: reading.seeds)
    }
  }

  /// Reads the description of a model.
  private static func document(at path: String) throws(ModelFormatError) -> KerasDocument {
    try ModelFormatError.about(path) {
      let file = try ReadableFile(at: path)
      let start = try file.read(at: 0, count: min(1, file.byteCount))
      // JSON begins with a brace, possibly after white space.
      guard let first = start.first, first == UInt8(ascii: "{") || first <= 0x20 else {
        guard let document = try KerasContent(opening: path).document else {
          throw KerasProblem(.incomplete, "the file has no configuration of a model")
        }
        return document
      }
      if let problem = ReadingLimits.current.problem(textOf: file.byteCount) {
        throw KerasProblem(.unsupported, "the configuration \(problem.message)")
      }
      return try KerasDocument(text: file.read(at: 0, count: file.byteCount))
    }
  }
}

/// An opened Keras model: its configuration, and the files that hold its weights.
struct KerasContent {
  var document: KerasDocument?
  let files: [KerasWeightFile]
  let layout: KerasWeightFile.Layout
  var notes: [String] = []

  /// Opens a file of any supported kind.
  init(opening path: String) throws {
    if path.hasSuffix(".weights.json") {
      files = try KerasContent.shards(path)
      layout = .groups
      return
    }
    if try HDF5.File.isHDF5(path) {
      let file = KerasWeightFile(try HDF5.File(opening: path), path: path)
      guard let layout = try file.layout() else {
        throw KerasProblem(.unsupported, "the HDF5 file has no weights of a Keras model")
      }
      document = try file.document()
      if try file.file.exists("optimizer_weights") { notes.append("the state of the optimizer is left out") }
      self.layout = layout
      files = [file]
      return
    }
    let archive = try ZipArchive(opening: path)
    guard let config = archive.member("config.json"), let weights = archive.member("model.weights.h5") else {
      throw KerasProblem(
        .unsupported, "the ZIP archive is not a .keras file: it does not have config.json and model.weights.h5")
    }
    let json = try JSONValue(
      parsing: String(decoding: archive.bytes(of: config, limit: ReadingLimits.current.textByteCount), as: UTF8.self))
    var version: String?
    if let metadata = archive.member("metadata.json") {
      let members = try JSONValue(
        parsing: String(decoding: archive.bytes(of: metadata, limit: 1 << 20), as: UTF8.self)
      ).members()
      if case .text(let text)? = members["keras_version"] { version = text }
    }
    document = KerasDocument(configuration: json, version: version)
    let file = KerasWeightFile(try archive.openHDF5(weights), path: path)
    if try file.file.exists("optimizer") { notes.append("the state of the optimizer is left out") }
    files = [file]
    layout = .groups
  }

  /// Opens the shards that an index names.
  private static func shards(_ path: String) throws -> [KerasWeightFile] {
    let index = try ReadableFile(at: path)
    if let problem = ReadingLimits.current.problem(textOf: index.byteCount) {
      throw KerasProblem(.unsupported, "the index \(problem.message)")
    }
    let json = try JSONValue(parsing: String(decoding: index.read(at: 0, count: index.byteCount), as: UTF8.self))
    var names: Set<String> = []
    for value in try json.member("weight_map", { try $0.members() }).values {
      if case .text(let name) = value { names.insert(name) } else { names.formUnion(try value.texts()) }
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    return try names.sorted().map { name in
      guard !name.contains("/"), name != "..", !name.isEmpty else {
        throw KerasProblem(
          .malformed, "the index names the shard \"\(name)\", but shards must be in the folder of their index")
      }
      return KerasWeightFile(try HDF5.File(opening: folder + name), path: folder + name)
    }
  }
}
