import ComputationGraphs
import Names
import Platform

extension ONNXFormat {
  /// Writes a model as an ONNX file with operators of version 17.
  ///
  /// Initializers are named after the paths of the bricks: `/layer1/0/conv1.W` becomes `layer1.0.conv1.weight`. Normalizations become
  /// BatchNormalization, with the file's own variance if the model still has it. Loops become Scan.
  ///
  /// - Parameters:
  ///   - model: The model, in inference mode.
  ///   - path: The file to write. An existing file is replaced.
  /// - Throws: `ModelFormatError` with code `.notRepresentable` and the name of the operation that ONNX does not have, or
  ///   of the normalization whose variance is beyond the range of its type; `.inputOutput` if the file cannot be written.
  public static func write(_ model: Model, to path: String) throws(ModelFormatError) {
    do {
      let bytes = try ONNXExport(model, path: path).bytes()
      try AtomicFile.write(to: path) { temporary in try WritableFile.write([bytes], to: temporary) }
    } catch let error as ModelFormatError {
      throw error
    } catch let error as FileError {
      throw ModelFormatError(.inputOutput, error.message, path: path)
    } catch {
      throw ModelFormatError(.notRepresentable, "the model cannot be written as ONNX: \(error)", path: path)
    }
  }
}
