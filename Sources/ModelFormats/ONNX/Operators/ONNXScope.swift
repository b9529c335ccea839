import ComputationGraphs
import Names

/// The values of one ONNX graph by name, with those of the graphs around it.
final class ONNXScope {
  /// The builder that records the graph.
  let builder: GraphBuilder
  /// The number of graphs around.
  let depth: Int
  /// Known tensors of a calculation during the import; nil if the graph is that of the model.
  let calculation: Calculation?
  private let outer: ONNXScope?
  private var values: [String: ONNXValue] = [:]
  private var refused: [String: String] = [:]

  /// The scope of a graph.
  init(builder: GraphBuilder, outer: ONNXScope?, depth: Int? = nil, calculation: Calculation? = nil) {
    self.builder = builder
    self.outer = outer
    self.depth = depth ?? (outer.map { $0.depth + 1 } ?? 0)
    self.calculation = calculation
  }

  /// Gives a value a name.
  ///
  /// - Throws: `ModelFormatError` if the graph has another value of the name.
  func define(_ name: String, _ value: ONNXValue, _ importer: ONNXImporter) throws {
    guard values.updateValue(value, forKey: name) == nil else {
      throw importer.error(.malformed, "two values of a graph are named \"\(name)\"")
    }
  }

  /// Notes that a name stands for something that an import cannot compute. Only its use is an error.
  func refuse(_ name: String, _ reason: String) { refused[name] = reason }

  /// The value of a name, here or in the graphs around.
  ///
  /// - Throws: `ModelFormatError` if there is none.
  func value(_ name: String, _ importer: ONNXImporter) throws -> ONNXValue {
    if let value = values[name] { return value }
    if let reason = refused[name] { throw importer.error(.unsupported, "the graph uses \(reason)", at: name) }
    guard let outer else {
      throw importer.error(
        .malformed,
        "no earlier node computes \"\(name)\", which the graph uses: the graph is incomplete, cyclic or out of order")
    }
    return try outer.value(name, importer)
  }
}
