import Interchange
import Names
import Tensors

extension ONNXFormat {
  /// The initializers of a model as a file of named tensors. It also works for models with operators that cannot be imported.
  ///
  /// - Throws: `ModelFormatError` with code `.notReadable` or `.malformed`.
  public static func tensors(at path: String) throws(ModelFormatError) -> TensorFile {
    let model = try ONNXFile.message(at: path)
    var content = TensorContent(
      format: .onnx, entries: [], source: ONNXTensorSource(path: path, initializers: []))
    var initializers: [Onnx_TensorProto] = []
    for proto in model.graph.initializer {
      let name = Name(proto.name)
      let type = ElementType(rawValue: Int(proto.dataType))
      guard let stored = type?.stored else {
        let reason = type.map { "\($0.name) elements" } ?? "elements of the unknown type \(proto.dataType)"
        content.skipped.append(.init(name: name, reason: "\(reason) are not read"))
        continue
      }
      guard let shape = try? Shape(checking: proto.dims.map { Int($0) }) else {
        throw ModelFormatError(.malformed, "has the invalid shape \(proto.dims)", path: path, object: name)
      }
      content.entries.append(.init(name: name, shape: shape, type: stored, isBoolean: type == .boolean))
      initializers.append(proto)
    }
    content.skipped += model.graph.sparseInitializer.map {
      .init(name: Name($0.values.name), reason: "sparse tensors are not read")
    }
    content.source = ONNXTensorSource(path: path, initializers: initializers)
    do {
      return try TensorFile(path: path, content)
    } catch {
      throw ModelFormatError(.malformed, error.message, path: path)
    }
  }
}

/// Reads the elements of the initializers of an ONNX model.
private struct ONNXTensorSource: TensorSource {
  let path: String
  let initializers: [Onnx_TensorProto]

  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    do {
      try TensorReading(path).bytes(of: initializers[index]).withUnsafeBytes(body)
    } catch let error as ModelFormatError {
      throw InterchangeError(
        error.code == .unsupported ? .unsupported : .malformed, error.message,
        path: error.object.map { "\(path):\($0)" } ?? path)
    }
  }
}
