import ComputationGraphs
import Tensors
import Testing

@Suite struct GraphBuilderTests {
  private let matrix = VariableType(.float64, ["batch", 3])

  @Test("an error names the brick and application that are being recorded") func place() throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", matrix)
    expectError(.shapeMismatch, mentioning: "/net/inner.apply: add: shapes batch×3 and batch do not broadcast") {
      _ = try builder.call(brick: "/net", type: "Net", application: "apply", on: [x]) {
        try builder.call(brick: "/net/inner", type: "Inner", application: "apply", on: [x]) {
          [try x + x.reduced(.sum, over: [1])]
        }
      }
    }
    expectError(.shapeMismatch, mentioning: "add: shapes") { _ = try x + x.reduced(.sum, over: [1]) }
  }

  @Test("two inputs with the same name are refused") func duplicateInput() throws {
    let builder = GraphBuilder()
    _ = try builder.input("x", matrix)
    expectError(.duplicate, mentioning: "\"x\"") { _ = try builder.input("x", matrix) }
  }

  @Test("two outputs with the same name are refused") func duplicateOutput() throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", matrix)
    expectError(.duplicate, mentioning: "two outputs are named \"y\"") {
      _ = try builder.finish(outputs: ["y": x, "y": x])
    }
  }

  @Test("a saved tensor is one variable with one type") func tensors() throws {
    let builder = GraphBuilder()
    let path = try TensorPath(.parameters, brick: "/net", name: "W")
    let first = try builder.tensor(path, type: matrix, roles: [.weight])
    #expect(try builder.tensor(path, type: matrix, roles: [.weight]).index == first.index)
    expectError(
      .duplicate, mentioning: "/net: /net.W is float64 batch×3 in one application and float32 scalar in another"
    ) {
      _ = try builder.tensor(path, type: VariableType(.float32, []), roles: [.weight])
    }
  }

  @Test("constants with the same bits and type are one variable") func constants() throws {
    let builder = GraphBuilder()
    #expect(try builder.constant(0.5, .float64).index == builder.constant(0.5, .float64).index)
    #expect(try builder.constant(0.5, .float64).index != builder.constant(0.5, .float32).index)
    #expect(try builder.constant(0, .float64).index != builder.constant(-0.0, .float64).index)
    #expect(try builder.constant(.nan, .float64).index == builder.constant(.nan, .float64).index)
  }

  @Test("arithmetic with numbers, on either side of a difference") func numbers() throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, [2]))
    let values = [try x - 0.5, try 1 - x, try x / 4, try -x, try 2 - (x * 3 + 1)]
    let graph = try builder.finish(outputs: NamedVariables(values.enumerated().map { ("\($0)", $1) }))
    let outputs = try Interpreter(graph, tensors: [:])(["x": Tensor([3.0, -2], shape: [2])])
    let expected: [[Double]] = [[2.5, -2.5], [-2, 3], [0.75, -0.5], [-3, 2], [-8, 7]]
    #expect(values.indices.map { outputs["\($0)"]?.doubles } == expected)
  }

  @Test("inputs and outputs of a call carry their roles, and calls nest in order of their beginning")
  func calls() throws {
    let graph = try SampleNetwork().graph
    #expect(graph.calls.map(\.brick) == ["/net", "/net/norm"])
    #expect(graph.calls.map(\.brickType) == ["Net", "Norm"])
    #expect(graph.calls[0].outputs == graph.calls[1].outputs)
    #expect(graph.variables[graph.calls[1].inputs[0]].roles == [.input])
    #expect(graph.variables[graph.calls[1].outputs[0]].roles == [.output])
    #expect(graph.calls[1].metadata == ["note": .text("by hand")])
    #expect(graph.variables[graph.calls[1].inputs[0]].call == 0)
    #expect(graph.variables[graph.calls[1].outputs[0]].call == 1)
  }

  @Test("training scopes nest, apply to a brick and all bricks in it, and end on an error") func trainingScopes() throws
  {
    struct Stop: Error {}
    let builder = GraphBuilder()
    builder.inTraining(brick: "/net/first") {
      #expect(builder.isTraining(brick: "/net/first"))
      #expect(builder.isTraining(brick: "/net/first/inner"))
      #expect(!builder.isTraining(brick: "/net"))
      #expect(!builder.isTraining(brick: "/net/first_2"))
      #expect(throws: Stop.self) {
        try builder.inTraining {
          #expect(builder.isTraining(brick: "/net"))
          throw Stop()
        }
      }
      #expect(!builder.isTraining(brick: "/net"))
      #expect(builder.isTraining(brick: "/net/first"))
    }
    #expect(!builder.isTraining(brick: "/net/first"))
  }

  @Test("a training scope without a call is an error at the end, and a call in the body of a loop counts")
  func unmetScope() throws {
    func graph(_ path: Name, inLoop: Bool) throws -> Graph {
      let builder = GraphBuilder()
      let x = try builder.input("x", VariableType(.float64, [2]))
      func squared(_ builder: GraphBuilder) throws -> Variable {
        try builder.call(brick: "/net/square", type: "Square", application: "apply", on: [x]) {
          [try builder.record(.unary(.square), x)]
        }[0]
      }
      let y = try builder.inTraining(brick: path) {
        guard inLoop else { return try squared(builder) }
        return try builder.scan(sequences: [], states: [], stepCount: 1) { inner, _ in ([], [try squared(inner)]) }
          .outputs[0]
      }
      return try builder.finish(outputs: ["y": y])
    }
    for inLoop in [false, true] {
      for path: Name in ["", "/net", "/net/square"] { _ = try graph(path, inLoop: inLoop) }
      for path: Name in ["/ne", "/net/squared", "net"] {
        expectError(.missingValue, mentioning: "neither \(path) nor", "training scope") {
          _ = try graph(path, inLoop: inLoop)
        }
      }
    }
  }
}
