import ComputationGraphs
import Names

/// The values of one ONNX graph and of the graphs around it, by name.
final class ONNXScope {
  /// The builder that records the graph.
  let builder: GraphBuilder
  /// The number of graphs around this one.
  let depth: Int
  /// The known tensors of a calculation during the import; nil for the graph of the model.
  let calculation: Calculation?
  private let outer: ONNXScope?
  private var values: [String: ONNXValue] = [:]
  private var refused: [String: String] = [:]

  /// Creates the scope of a graph.
  init(builder: GraphBuilder, outer: ONNXScope?, depth: Int? = nil, calculation: Calculation? = nil) {
    self.builder = builder
    self.outer = outer
    self.depth = depth ?? (outer.map { $0.depth + 1 } ?? 0)
    self.calculation = calculation
  }

  /// The largest extent of an axis. Operators multiply extents with numbers of at most `Windows.largest`, and the products must fit
  /// in an integer.
  private static let largestExtent = Int(Int32.max)

  /// Gives a value a name.
  ///
  /// - Throws: `ModelFormatError` if the graph already has a value with the name, or an axis is too long.
  func define(_ name: String, _ value: ONNXValue, _ importer: ONNXImporter) throws {
    for case .fixed(let extent) in value.shape where extent > ONNXScope.largestExtent {
      throw importer.error(
        .unsupported, "an axis has \(extent) elements; at most \(ONNXScope.largestExtent) are supported", at: name)
    }
    guard values.updateValue(value, forKey: name) == nil else {
      throw importer.error(.malformed, "two values of a graph are named \"\(name)\"")
    }
  }

  /// Records that the import cannot compute the value with a name. This is only an error if the value is used.
  func refuse(_ name: String, _ reason: String) { refused[name] = reason }

  /// The value with a name, in this graph or in the graphs around it.
  ///
  /// - Throws: `ModelFormatError` if there is no such value.
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
