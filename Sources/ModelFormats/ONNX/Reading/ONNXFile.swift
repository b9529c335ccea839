import ComputationGraphs
import Messages
import Names
import Platform
import Remote
import SwiftProtobuf

/// An ONNX file that was read into memory.
struct ONNXFile {
  /// The oldest and the newest version of the operators that an import accepts.
  static let operatorSets = 6...28
  /// The largest depth of nested messages in a file.
  private static let deepestNesting = 64

  /// The path that the user gave.
  let path: String
  /// The contents.
  var model: Onnx_ModelProto
  /// The version of the standard operators.
  let operatorSet: Int

  /// Reads a file.
  ///
  /// - Throws: `ModelFormatError` if the file cannot be read, is not ONNX, or needs an unsupported version of the operators.
  init(opening path: String) throws(ModelFormatError) {
    self.path = path
    model = try ONNXFile.message(at: path)
    operatorSet = try ONNXFile.operatorSet(of: model, path)
  }

  /// Reads the message of a file, with any version of the operators.
  ///
  /// - Throws: `ModelFormatError` if the file cannot be read, or is not ONNX.
  static func message(at path: String) throws(ModelFormatError) -> Onnx_ModelProto {
    let model: Onnx_ModelProto
    do {
      let file = try ReadableFile(at: path)
      var options = BinaryDecodingOptions()
      options.messageDepthLimit = ONNXFile.deepestNesting
      options.discardUnknownFields = true
      let bytes = try file.read(at: 0, count: file.byteCount)
      model = try Onnx_ModelProto(serializedBytes: bytes, partial: true, options: options)
    } catch let error as FileError {
      throw ModelFormatError(error.code == .malformed ? .malformed : .notReadable, error.message, path: path)
    } catch {
      throw ModelFormatError(
        .malformed, "is not an ONNX model, or is damaged: \(ONNXFile.reason(error)); export the model again", path: path
      )
    }
    guard model.hasGraph else {
      throw ModelFormatError(
        .malformed, "contains no graph, so it is not an ONNX model; export the model again", path: path)
    }
    return model
  }

  /// Replaces the shapes of inputs.
  ///
  /// - Throws: `ModelFormatError` for an input that the graph does not have, or a shape with the wrong number of axes.
  mutating func setInputShapes(_ shapes: [Name: [Extent]]) throws(ModelFormatError) {
    for (name, extents) in shapes.sorted(by: { $0.key < $1.key }) {
      guard let index = model.graph.input.firstIndex(where: { Name($0.name) == name }) else {
        throw ModelFormatError(
          .incomplete,
          "the model has no input \"\(name)\". "
            + suggestion(for: name.text, among: model.graph.input.map(\.name), noun: "input"), path: path)
      }
      let count = model.graph.input[index].type.tensorType.shape.dim.count
      guard count == extents.count else {
        throw ModelFormatError(
          .incomplete, "the input has \(count) axes, but its given shape has \(extents.count)", path: path,
          object: name)
      }
      model.graph.input[index].type.tensorType.shape.dim = extents.map { extent in
        .with { dimension in
          switch extent {
          case .fixed(let number): dimension.dimValue = Int64(number)
          case .symbolic(let name): dimension.dimParam = name.text
          }
        }
      }
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error as? BinaryDecodingError {
    case .truncated: "it is cut off"
    case .messageDepthLimit: "its messages are nested more than \(deepestNesting) levels deep"
    case .invalidUTF8: "a text is not UTF-8"
    default: "it breaks the rules of Protocol Buffers"
    }
  }

  private static func operatorSet(of model: Onnx_ModelProto, _ path: String) throws(ModelFormatError) -> Int {
    let versions = model.opsetImport.filter { isStandard($0.domain) }.map { Int($0.version) }
    guard let version = versions.first else {
      throw ModelFormatError(.malformed, "does not say which version of the operators it uses", path: path)
    }
    guard versions.allSatisfy({ $0 == version }) else {
      throw ModelFormatError(.malformed, "names several versions of the operators: \(versions)", path: path)
    }
    guard operatorSets.contains(version) else {
      throw ModelFormatError(
        .unsupported,
        "uses version \(version) of the operators; versions \(operatorSets.lowerBound) to \(operatorSets.upperBound) are supported. "
          + "Export the model with opset_version=17", path: path)
    }
    return version
  }

  /// Whether a domain is the domain of the standard operators.
  static func isStandard(_ domain: String) -> Bool { domain.isEmpty || domain == "ai.onnx" }
}
