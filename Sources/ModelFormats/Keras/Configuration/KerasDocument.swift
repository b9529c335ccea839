import JSON
import Names

/// The description of a Keras model in a file: the configuration, and the version of Keras that wrote the file.
struct KerasDocument {
  /// The configuration of the model as JSON: `class_name`, `config`, ….
  let configuration: JSONValue
  /// The version, such as `3.6.0`; nil if the file does not contain it.
  let version: String?
  /// The backend that wrote the file, if the file names it.
  let backend: String?

  /// The major version of Keras: the number before the first dot.
  var majorVersion: Int {
    if let version, let major = version.split(separator: ".").first.flatMap({ Int($0) }) { return major }
    // In Keras 3, configurations name the modules of classes. In Keras 2, they do not.
    if case .object(let members) = configuration, members["module"] != nil { return 3 }
    return 2
  }

  /// Parses the configuration into layers.
  func network() throws -> KerasNetwork { try KerasConfigurationParser(version: majorVersion).network(configuration) }

  /// The document in the form of a brick's configuration; see `init(brickConfiguration:)`.
  var brickConfiguration: [Name: JSONValue] {
    var members: [Name: JSONValue] = ["keras": configuration]
    if let version { members["keras_version"] = .text(version) }
    if let backend { members["backend"] = .text(backend) }
    return members
  }

  init(configuration: JSONValue, version: String?, backend: String? = nil) {
    self.configuration = configuration
    self.version = version
    self.backend = backend
  }

  /// Reads a document from the configuration of a brick; nil if the configuration has no document.
  init?(brickConfiguration members: [Name: JSONValue]) {
    guard let configuration = members["keras"] else { return nil }
    func text(_ key: Name) -> String? { if case .text(let text)? = members[key] { text } else { nil } }
    self.init(configuration: configuration, version: text("keras_version"), backend: text("backend"))
  }

  /// Reads the text that `model.to_json()` gives.
  init(text: [UInt8]) throws {
    let json = try JSONValue(parsing: String(decoding: text, as: UTF8.self))
    var version: String?
    if case .object(let members) = json, case .text(let own)? = members["keras_version"] { version = own }
    self.init(configuration: json, version: version)
  }

  /// Sentences about parts of the file that have no effect in the model.
  var notes: [String] {
    guard case .object(let members) = configuration else { return [] }
    return members["compile_config"].map { $0 == .null || $0 == .object([:]) } ?? true
      ? [] : ["the training settings (compile) have no effect here, but an export writes them again"]
  }

  /// The configuration in the form of `.keras` archives. Unlike in legacy files, it names the modules of all classes.
  ///
  /// - Throws: `KerasProblem` with code `.notRepresentable` for a configuration of Keras 2, whose layers have other settings.
  func archiveConfiguration() throws -> JSONValue {
    guard majorVersion >= 3 else {
      throw KerasProblem(
        .notRepresentable,
        "the model came from Keras \(version ?? "2"), but a .keras archive needs a model of Keras 3; write .h5 or .weights.h5"
      )
    }
    return KerasDocument.withModules(configuration)
  }

  private static func withModules(_ value: JSONValue) -> JSONValue {
    guard case .object(var members) = value, case .text(let className)? = members["class_name"],
      case .object(var config)? = members["config"]
    else { return value }
    if case .list(let layers)? = config["layers"] { config["layers"] = .list(layers.map(withModules)) }
    // Wrappers hold layers, too.
    for key in ["layer", "backward_layer"] as [Name] { config[key] = config[key].map(withModules) }
    members["config"] = .object(config)
    if members["module"] == nil {
      switch className {
      case "Sequential": members["module"] = .text("keras")
      case "Functional", "Model": members["module"] = .text("keras.src.models.functional")
      default: members["module"] = .text("keras.layers")
      }
      if members["registered_name"] == nil {
        members["registered_name"] = className == "Functional" ? .text(className) : .null
      }
    }
    return .object(members)
  }
}
