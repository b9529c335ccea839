import Checkpoints
import ComputationGraphs
import Interchange
import JSON
import ModelFormats
import Names
import Platform

/// The content of a file to convert: a checkpoint, a model of another framework, or tensors.
enum ConversionSource {
  case checkpoint
  case model(ImportedModel)
  /// A file of tensors whose metadata describes a whole model.
  case portable(TensorFile)
  case tensors(TensorFile)

  /// The options that give facts that the file does not hold.
  struct Options {
    /// The set of tensors to take from a PyTorch file.
    var set: Name?
    /// The file that describes the model.
    var architecture: String?
    /// ε of all normalizations of a state dictionary.
    var epsilon: Double?
    /// The shapes of some inputs of an ONNX model.
    var inputShapes: [Name: [Extent]] = [:]
    /// New names by the names of tensors, or names of bricks by the names of PyTorch modules.
    var map: [Name: Name] = [:]
    /// Whether the tensors are enough if the model of the file is not supported.
    var acceptsTensors = false
  }

  /// Opens a file.
  ///
  /// - Throws: The error of the file's format; `DataError` or `UsageError` if the options do not fit the file.
  init(_ path: String, format: FileFormat, options: Options = Options()) throws {
    if options.acceptsTensors, options.architecture == nil, [.onnx, .kerasArchive, .kerasModel].contains(format) {
      var strict = options
      strict.acceptsTensors = false
      self =
        try ModelFile.supported { try ConversionSource(path, format: format, options: strict) }
        ?? .tensors(ModelFile.tensors(at: path))
      return
    }
    switch format {
    case .checkpoint: self = .checkpoint
    case .onnx: self = .model(try ONNXFormat.model(at: path, shapes: options.inputShapes))
    case .kerasArchive, .kerasModel: self = .model(try KerasFormat.model(at: path, configuration: options.architecture))
    case .kerasWeights where options.architecture != nil:
      self = .model(try KerasFormat.model(at: path, configuration: options.architecture))
    default:
      let file = try TensorFile(opening: path, set: options.set)
      if PortableModel.isPresent(in: file.metadata) {
        self = .portable(file)
      } else if let architecture = options.architecture {
        if let other = try ModelFile.format(of: architecture) {
          throw UsageError(
            description:
              "--architecture \(architecture): is \(other.title), but \(path) needs a description of the model's bricks, a JSON file as "
              + "for bntool init")
        }
        let described = try Architecture(architecture, seed: 0)
        let model = try described.model(of: file, epsilon: options.epsilon)
        self = .model(try StateDictionaryImport.model(model, filledFrom: file, map: options.map))
      } else {
        self = .tensors(file)
      }
    }
  }

  /// The model as the content of a checkpoint.
  ///
  /// - Throws: `DataError`, which names the command to run next, if the file holds only tensors.
  func payload(of path: String, format: FileFormat) throws -> CheckpointPayload {
    switch self {
    case .checkpoint: return try Checkpoint(opening: path).payload()
    case .model(let imported):
      let step: ProvenanceStep = [
        "operation": .text("convert"), "inputs": .list([["name": .text(OutputFile.name(of: path))]]),
        "format": .text(format.rawValue),
      ]
      return CheckpointPayload(model: imported.model, provenance: [step])
    case .portable(let file): return try PortableFile.payload(of: file)
    case .tensors(let file):
      throw DataError(description: "\(path): \(ConversionSource.advice(for: file))")
    }
  }

  /// The reason why tensors alone are not a model, and the command to run next.
  private static func advice(for file: TensorFile) -> String {
    switch file.format {
    case .kerasWeights:
      "the file has only weights, which do not say how the model computes; give the .keras file of the model, or "
        + "convert the weights first: bntool convert \(file.path) model.h5 --architecture MODEL.keras"
    default:
      "is \(file.format.title) with tensors, which do not say how the model computes; describe the model in a JSON file as "
        + "for bntool init, and convert the tensors first: bntool convert \(file.path) model.h5 --architecture CONFIG.json"
    }
  }
}

extension Architecture {
  /// The described model with the given ε in all normalizations, because a state dictionary does not hold ε.
  ///
  /// - Throws: `UsageError` if the model has normalizations, and neither the option nor the configuration gives ε.
  func model(of file: TensorFile, epsilon: Double?) throws -> Model {
    guard !model.origins.isEmpty else { return model }
    guard let epsilon else {
      guard statesEpsilon else {
        throw UsageError(
          description:
            "\(file.path): a state dictionary does not hold the ε of its normalizations; add --epsilon 1e-5, which is "
            + "PyTorch's usual value, or \"epsilon\" in the configuration")
      }
      return model
    }
    guard epsilon.isFinite, epsilon >= 0 else {
      throw UsageError(description: "--epsilon \(Formatting.exact(epsilon)): give a finite number of at least 0")
    }
    do {
      return try model.refitted(epsilon: epsilon).model
    } catch {
      throw DataError(description: "\(file.path): \(error)")
    }
  }
}
