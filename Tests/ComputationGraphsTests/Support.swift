import ComputationGraphs
import Foundation
import JSON
import Tensors
@_exported import TestSupport
import Testing

/// Expects a `GraphError` of a code whose description contains every text, and returns the error.
@discardableResult
func expectError<Result>(
  _ code: GraphError.Code, mentioning texts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Result
) -> GraphError? {
  expectError(GraphError.self, mentioning: texts, sourceLocation: sourceLocation, body) { $0.code == code }
}

/// A small network written by hand: y = (x·W − mean) / stdev in the brick `/net/norm`, with `/net` around it.
struct SampleNetwork {
  let builder = GraphBuilder()
  let weights: TensorPath
  let mean: TensorPath
  let deviation: TensorPath
  let output: Variable
  let graph: Graph

  init(timeSteps: Int? = nil) throws {
    let builder = builder
    let weights = try TensorPath(.parameters, brick: "/net", name: "W")
    let mean = try TensorPath(.statistics, brick: "/net/norm", name: "population_mean")
    let deviation = try TensorPath(.statistics, brick: "/net/norm", name: "population_stdev")
    (self.weights, self.mean, self.deviation) = (weights, mean, deviation)
    let x = try builder.input("x", VariableType(.float64, ["batch", 2]))
    let step = try timeSteps.map { _ in try builder.input("step", VariableType(.int64, [])) }
    let shape = (timeSteps.map { [Extent.fixed($0)] } ?? []) + [3]
    let outputs = try builder.call(brick: "/net", type: "Net", application: "apply", on: [x]) {
      let matrix = try builder.tensor(weights, type: VariableType(.float64, [2, 3]), roles: [.weight])
      let product = try x.matrixMultiplied(by: matrix).named("product")
      return try builder.call(brick: "/net/norm", type: "Norm", application: "apply", on: [product]) {
        func inUse(_ path: TensorPath, _ role: Role) throws -> Variable {
          let statistic = try builder.tensor(path, type: VariableType(.float64, shape), roles: [role])
          return try (step.map { try statistic.taking(step: $0, pastEnd: .strict) } ?? statistic)
            .expandingDimensions(at: 0)
        }
        let offset = try inUse(mean, .populationMean)
        let divisor = try inUse(deviation, .populationStandardDeviation)
        builder.setNormalization(
          Normalization(
            isTraining: false, input: product.index, offset: offset.index, divisor: divisor.index, axes: [0],
            epsilon: 0.25, step: step?.index, populationMean: mean, populationStandardDeviation: deviation))
        builder.setMetadata("note", .text("by hand"))
        return [try (product - offset) / divisor]
      }
    }
    output = outputs[0]
    graph = try builder.finish(outputs: ["y": outputs[0]])
  }

  /// W = [[1, 0, 2], [0, 1, 1]], mean = [1, 2, 3], stdev = [1, 2, 4].
  var tensors: TensorStore {
    get throws {
      [
        weights: try Tensor([1.0, 0, 2, 0, 1, 1], shape: [2, 3]), mean: try Tensor([1.0, 2, 3], shape: [3]),
        deviation: try Tensor([1.0, 2, 4], shape: [3]),
      ]
    }
  }
}

extension Graph {
  /// The graph as JSON text with sorted keys.
  var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self)
    }
  }

  /// The graph as a JSON value, for tests that damage it.
  var document: JSONValue {
    get throws { try JSONDecoder().decode(JSONValue.self, from: json) }
  }

  /// Reads a graph from a JSON value.
  init(document: JSONValue) throws {
    self = try JSONDecoder().decode(Graph.self, from: JSONEncoder().encode(document))
  }
}

extension JSONValue {
  /// A member of an object; nil removes it.
  subscript(_ key: Name) -> JSONValue? {
    get { if case .object(let members) = self { members[key] } else { nil } }
    set {
      guard case .object(var members) = self else { return }
      members[key] = newValue
      self = .object(members)
    }
  }

  /// An element of a list. Setting nil removes it, and setting the element after the last one appends a value.
  subscript(_ index: Int) -> JSONValue? {
    get { if case .list(let elements) = self, elements.indices.contains(index) { elements[index] } else { nil } }
    set {
      guard case .list(var elements) = self else { return }
      switch newValue {
      case let newValue? where index == elements.count: elements.append(newValue)
      case let newValue?: elements[index] = newValue
      case nil: elements.remove(at: index)
      }
      self = .list(elements)
    }
  }
}
