import ComputationGraphs

/// Models in ONNX files.
///
/// ```swift
/// let imported = try ONNXFormat.model(at: "resnet18.onnx")
/// let outputs = try imported.model(["images": images])
/// try ONNXFormat.write(imported.model, to: "copy.onnx")
/// ```
public enum ONNXFormat {
  /// Reads a model with its graph, its tensors and its normalizations.
  ///
  /// Batch normalizations become normalizations with population statistics. Shapes are computed during the import. A first axis of
  /// the inputs without a number becomes the axis `batch`.
  ///
  /// - Parameters:
  ///   - path: The file. External data lie in the folder of the file, or below it.
  ///   - extents: Numbers for axes that the file leaves open, by the name of the axis in the file.
  /// - Returns: The model, and the way of each tensor from the file into the model.
  /// - Throws: `ModelFormatError` with code `.notReadable`, `.malformed`, or `.unsupported` with the name of the operator, type or
  ///   attribute and the name of the node.
  public static func model(
    at path: String, extents: [String: Int] = [:]
  ) throws(ModelFormatError) -> ImportedModel {
    do {
      return try ONNXImporter(ONNXFile(opening: path), extents: extents).model()
    } catch let error as ModelFormatError {
      throw error
    } catch {
      throw ModelFormatError(.malformed, "cannot be imported: \(error)", path: path)
    }
  }
}
