import ComputationGraphs
import JSON
import Names
import Tensors

/// A layer that computes x · scale + offset, with one scale and offset for all elements or for each channel.
struct KerasRescaling: KerasOperation {
  let scale: [Double]
  let offset: [Double]

  init(_ configuration: KerasConfiguration) throws {
    scale = try KerasNumbers.read(configuration, "scale", default: 1)
    offset = try KerasNumbers.read(configuration, "offset", default: 0)
  }
  var passesMask: Bool { true }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let value = try inputs.single()
    func factor(_ numbers: [Double]) throws -> Variable {
      try numbers.count == 1 ? scope.constant(numbers[0]) : value.aligned(scope.constants(numbers))
    }
    return [try value.applying { try $0 * factor(scale) + factor(offset) }]
  }
}

/// Reads numbers from the configuration of a Keras layer: one number, or lists of any depth.
enum KerasNumbers {
  static func read(_ configuration: KerasConfiguration, _ key: Name, default fallback: Double) throws -> [Double] {
    guard let value = configuration[key] else { return [fallback] }
    var numbers: [Double] = []
    try collect(value, into: &numbers, key, of: configuration)
    guard !numbers.isEmpty, numbers.count <= 1 << 16 else {
      throw configuration.problem("\"\(key)\" must have from 1 to \(1 << 16) numbers")
    }
    return numbers
  }

  private static func collect(
    _ value: JSONValue, into numbers: inout [Double], _ key: Name, of configuration: KerasConfiguration
  ) throws {
    switch value {
    case .list(let elements): for element in elements { try collect(element, into: &numbers, key, of: configuration) }
    case .integer, .real: numbers.append(try value.number())
    // NumPy arrays: {"class_name": "__numpy__", "config": {"value": […], "dtype": …}}.
    case .object(let members):
      guard case .object(let config)? = members["config"], let inner = config["value"] else {
        throw configuration.problem("\"\(key)\" is neither a number nor a list of numbers")
      }
      try collect(inner, into: &numbers, key, of: configuration)
    default: throw configuration.problem("\"\(key)\" is neither a number nor a list of numbers")
    }
  }
}

/// A layer that computes (x − mean) / max(√variance, 1e-7), with the mean and variance of the data.
struct KerasFeatureNormalization: KerasOperation {
  let axes: [Int]
  let mean: [Double]?
  let variance: [Double]?
  let isInverse: Bool

  init(_ configuration: KerasConfiguration) throws {
    axes = configuration.members["axis"] == .null ? [] : try configuration.integers("axis", default: [-1])
    let isGiven = configuration["mean"] != nil
    mean = isGiven ? try KerasNumbers.read(configuration, "mean", default: 0) : nil
    variance = isGiven ? try KerasNumbers.read(configuration, "variance", default: 1) : nil
    isInverse = try configuration.boolean("invert", default: false)
  }

  var weights: [KerasWeight] {
    guard mean == nil else { return [] }
    return ["mean", "variance", "count"].map {
      KerasWeight($0, as: $0, .persistent, axes: [], isTrainable: false)
    }
  }
  var passesMask: Bool { true }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let value = try inputs.single().ordered(withChannelsInFront: false)
    let kept = axes.map { $0 < 0 ? $0 + value.rank : $0 }.sorted()
    guard kept.allSatisfy({ (1..<value.rank).contains($0) && value.shape[$0].fixed != nil }) else {
      throw scope.problem("the axes \(axes) of \(value.variable.type) must exist and have known extents")
    }
    let extents = kept.compactMap { value.shape[$0].fixed }
    let broadcast = (1..<value.rank).map { kept.contains($0) ? value.shape[$0].fixed ?? 1 : 1 }
    func statistic(_ name: Name, _ given: [Double]?) throws -> Variable {
      if let given {
        guard given.count == 1 || given.count == extents.reduce(1, *) else {
          throw scope.problem("\"\(name)\" has \(given.count) numbers for the shape \(extents)")
        }
        return try given.count == 1
          ? scope.constant(given[0]) : scope.constants(given).reshaped(keepingAxes: 0, to: broadcast)
      }
      return try scope.weight(name, shape: extents).reshaped(keepingAxes: 0, to: broadcast)
    }
    let mean = try statistic("mean", mean)
    let deviation = try statistic("variance", variance).applying(.squareRoot)
    if self.mean == nil { _ = try scope.weight("count", shape: []) }
    let divisor = try scope.builder.record(.binary(.maximum), deviation, scope.constant(1e-7))
    return [try value.applying { try isInverse ? $0 * divisor + mean : ($0 - mean) / divisor }]
  }
}
