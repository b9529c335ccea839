import JSON
import Tensors

extension GraphOperation {
  /// Reads the operation of a node in a file. An operation from a later version is kept unchanged.
  ///
  /// - Throws: `GraphError` with code `.malformed` if attributes are missing or of the wrong type. It names the operation and
  ///   the attribute.
  public init(name: String, attributes: [Name: JSONValue]) throws(GraphError) {
    do {
      self = try GraphOperation(reading: name, attributes)
    } catch {
      let error = GraphError(reading: error)
      throw error.replacingMessage("\(name): \(error.message)")
    }
  }

  private init(reading name: String, _ attributes: [Name: JSONValue]) throws {
    let json = JSONValue.object(attributes)
    if let operation = UnaryOperation(rawValue: name) {
      self = .unary(operation)
    } else if let operation = BinaryOperation(rawValue: name) {
      self = .binary(operation)
    } else if name.hasPrefix("reduce_"), let reduction = Reduction(rawValue: String(name.dropFirst(7))) {
      self = .reduce(
        reduction, axes: try json.integers("axes"), keepingDimensions: try json.boolean("keep_dimensions"))
    } else if let operation = try LayoutOperation(name: name, attributes: attributes) {
      self = .layout(operation)
    } else if let operation = try SelectionOperation(name: name, attributes: attributes) {
      self = .selection(operation)
    } else {
      switch name {
      case "matrix_product": self = .matrixProduct
      case "softmax": self = .softmax
      case "log_softmax": self = .logSoftmax
      case "expand_dimensions":
        self = .expandDimensions(axis: try json.integer("axis"))
      case "take_step":
        self = .takeStep(try json.member("past_end", PastEndPolicy.init))
      case "scan": self = .scan(try Scan(attributes: json))
      case "element_count": self = .elementCount(axes: try json.integers("axes"))
      default:
        self =
          try SpatialOperation(name: name, attributes: attributes).map(GraphOperation.spatial)
          ?? .unrecognized(name: Name(name), attributes: attributes)
      }
    }
  }

  /// The attributes of the operation in a file.
  ///
  /// - Throws: `GraphError` if the body of a loop cannot be written.
  public func attributes() throws(GraphError) -> [Name: JSONValue] {
    switch self {
    case .layout(let operation): return operation.attributes
    case .selection(let operation): return operation.attributes
    case .scan(let scan): return try scan.attributes()
    case .elementCount(let axes): return ["axes": .integers(axes)]
    case .unary, .binary, .matrixProduct, .softmax, .logSoftmax: return [:]
    case .reduce(_, let axes, let keepingDimensions):
      return ["axes": .list(axes.map(JSONValue.integer)), "keep_dimensions": .boolean(keepingDimensions)]
    case .expandDimensions(let axis): return ["axis": .integer(axis)]
    case .takeStep(let policy): return ["past_end": .text(policy.rawValue)]
    case .spatial(let operation): return operation.attributes
    case .unrecognized(_, let attributes): return attributes
    }
  }
}
