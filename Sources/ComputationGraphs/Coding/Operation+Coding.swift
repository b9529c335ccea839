import Tensors

extension Operation {
  /// The operation of a node in a file; one of a later version is kept as it stands.
  ///
  /// - Throws: `GraphError` with code `.malformed` where attributes are missing or of another type.
  public init(name: String, attributes: [String: AttributeValue]) throws(GraphError) {
    if let operation = UnaryOperation(rawValue: name) {
      self = .unary(operation)
    } else if let operation = BinaryOperation(rawValue: name) {
      self = .binary(operation)
    } else if name.hasPrefix("reduce_"), let reduction = Reduction(rawValue: String(name.dropFirst(7))) {
      guard case .list(let list)? = attributes["axes"], case .boolean(let keeping)? = attributes["keep_dimensions"]
      else {
        throw GraphError(.malformed, "\(name) needs the attributes axes and keep_dimensions")
      }
      var axes: [Int] = []
      for case .integer(let axis) in list { axes.append(axis) }
      guard axes.count == list.count else { throw GraphError(.malformed, "the axes of \(name) are not integers") }
      self = .reduce(reduction, axes: axes, keepingDimensions: keeping)
    } else if let operation = try LayoutOperation(name: name, attributes: attributes) {
      self = .layout(operation)
    } else {
      switch name {
      case "matrix_product": self = .matrixProduct
      case "softmax": self = .softmax
      case "log_softmax": self = .logSoftmax
      case "expand_dimensions":
        guard case .integer(let axis)? = attributes["axis"] else {
          throw GraphError(.malformed, "expand_dimensions needs the attribute axis")
        }
        self = .expandDimensions(axis: axis)
      case "take_step":
        guard case .text(let word)? = attributes["past_end"], let policy = PastEndPolicy(rawValue: word) else {
          throw GraphError(.malformed, "take_step needs the attribute past_end: clamp_to_last or strict")
        }
        self = .takeStep(policy)
      case "scan": self = .scan(try Scan(attributes: .object(attributes)))
      case "element_count": self = .elementCount(axes: try AttributeValue.object(attributes).integers("axes"))
      default:
        self =
          try SpatialOperation(name: name, attributes: attributes).map(Operation.spatial)
          ?? .unrecognized(name: name, attributes: attributes)
      }
    }
  }

  /// What a file says of the operation beside its name.
  ///
  /// - Throws: `GraphError` where the body of a loop cannot be written.
  public func attributes() throws(GraphError) -> [String: AttributeValue] {
    switch self {
    case .layout(let operation): return operation.attributes
    case .scan(let scan): return try scan.attributes()
    case .elementCount(let axes): return ["axes": .integers(axes)]
    case .unary, .binary, .matrixProduct, .softmax, .logSoftmax: return [:]
    case .reduce(_, let axes, let keepingDimensions):
      return ["axes": .list(axes.map(AttributeValue.integer)), "keep_dimensions": .boolean(keepingDimensions)]
    case .expandDimensions(let axis): return ["axis": .integer(axis)]
    case .takeStep(let policy): return ["past_end": .text(policy.rawValue)]
    case .spatial(let operation): return operation.attributes
    case .unrecognized(_, let attributes): return attributes
    }
  }
}
