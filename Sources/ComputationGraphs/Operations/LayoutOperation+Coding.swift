import JSON
import Tensors

extension LayoutOperation {
  /// Reads the operation with the given name in files; nil if the name is not a layout operation.
  ///
  /// - Throws: `GraphError` with code `.malformed` if attributes are missing, of the wrong type, or invalid.
  init?(name: String, attributes: [Name: JSONValue]) throws {
    let json = JSONValue.object(attributes)
    switch name {
    case "slice":
      self = .slice(axis: try json.integer("axis"), start: try json.integer("start"), count: try json.integer("count"))
    case "concatenate": self = .concatenate(axis: try json.integer("axis"))
    case "stack": self = .stack(axis: try json.integer("axis"))
    case "reverse": self = .reverse(axis: try json.integer("axis"))
    case "reshape": self = .reshape(keepingAxes: try json.integer("keep_axes"), shape: try json.integers("shape"))
    case "transpose": self = .transpose(try json.integers("permutation"))
    case "repeat_like": self = .repeatLike(axis: try json.integer("axis"))
    case "pad":
      self = .pad(
        Padding(
          low: try json.integers("low"), high: try json.integers("high"), interior: try json.integers("interior"),
          value: try json.number("value")))
    case "gather": self = .gather
    default: return nil
    }
  }

  /// The attributes of the operation in a file.
  var attributes: [Name: JSONValue] {
    switch self {
    case .slice(let axis, let start, let count):
      ["axis": .integer(axis), "start": .integer(start), "count": .integer(count)]
    case .concatenate(let axis), .stack(let axis), .reverse(let axis), .repeatLike(let axis): ["axis": .integer(axis)]
    case .reshape(let kept, let shape): ["keep_axes": .integer(kept), "shape": .integers(shape)]
    case .transpose(let permutation): ["permutation": .integers(permutation)]
    case .pad(let padding):
      [
        "low": .integers(padding.low), "high": .integers(padding.high), "interior": .integers(padding.interior),
        "value": .real(padding.value),
      ]
    case .gather: [:]
    }
  }
}
