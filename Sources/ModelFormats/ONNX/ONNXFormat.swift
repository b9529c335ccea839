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
  /// Batch normalizations become normalizations with population statistics. Shapes are computed during the import. If the first axis
  /// of the inputs has no number, it becomes the axis `batch`.
  ///
  /// - Parameters:
  ///   - path: The file. External data are in the folder of the file, or below it.
  ///   - extents: The extents of dynamic axes, by the name of the axis in the file.
  ///   - shapes: The shapes of some inputs, which replace the shapes in the file. A name instead of a number makes the axis
  ///     dynamic.
  /// - Returns: The model, and the origin of each of its tensors in the file.
  /// - Throws: `ModelFormatError` with code `.notReadable`, `.malformed`, or `.unsupported` with the name of the operator, type or
  ///   attribute and the name of the node.
  public static func model(
    at path: String, extents: [String: Int] = [:], shapes: [Name: [Extent]] = [:]
  ) throws(ModelFormatError) -> ImportedModel {
    do {
      var file = try ONNXFile(opening: path)
      try file.setInputShapes(shapes)
      return try ONNXImporter(file, extents: extents).model()
    } catch let error as ModelFormatError {
      throw error
    } catch {
      throw ModelFormatError(.malformed, "cannot be imported: \(error)", path: path)
    }
  }
}
