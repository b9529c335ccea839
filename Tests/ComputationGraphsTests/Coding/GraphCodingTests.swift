import ComputationGraphs
import Foundation
import JSON
import Tensors
import Testing

@Suite struct GraphCodingTests {
  @Test("a graph reads back as it was, in both modes, with the same bytes") func roundTrip() throws {
    let graph = try SampleNetwork(timeSteps: 4).graph
    for graph in [graph, try graph.trainingGraph()] {
      let read = try JSONDecoder().decode(Graph.self, from: graph.json)
      #expect(read == graph)
      #expect(try read.json == graph.json)
    }
  }

  @Test("the document has the members of the specification") func document() throws {
    let document = try SampleNetwork().graph.document
    #expect(document["inputs"]?[0] == .object(["name": .text("x"), "variable": .integer(0)]))
    #expect(document["outputs"]?[0] == .object(["name": .text("y"), "variable": .integer(8)]))
    #expect(document["roles"] == nil)
    #expect(
      document["variables"]?[0]
        == .object([
          "name": .text("x"), "type": .text("float64"), "shape": .list([.text("batch"), .integer(2)]),
          "roles": .list([.text("INPUT")]), "source": .object(["input": .text("x")]),
        ]))
    #expect(document["variables"]?[2]?["source"] == .object(["tensor": .text("/statistics/net/norm/population_mean")]))
    #expect(
      document["nodes"]?[1]
        == .object([
          "operation": .text("expand_dimensions"), "inputs": .list([.integer(2)]), "outputs": .list([.integer(5)]),
          "attributes": .object(["axis": .integer(0)]),
        ]))
    #expect(
      document["calls"]?[1]?["normalization"]
        == .object([
          "training_mode": .boolean(false), "input": .integer(4), "offset": .integer(5), "divisor": .integer(6),
          "axes": .list([.integer(0)]), "epsilon": .real(0.25),
          "population_mean": .text("/statistics/net/norm/population_mean"),
          "population_stdev": .text("/statistics/net/norm/population_stdev"),
        ]))
  }

  @Test("every operation can be read back from its name and attributes") func operations() throws {
    var operations =
      UnaryOperation.allCases.map(GraphOperation.unary) + BinaryOperation.allCases.map(GraphOperation.binary)
    operations += [.matrixProduct, .softmax, .logSoftmax, .expandDimensions(axis: 2)]
    operations += [.takeStep(.strict), .takeStep(.clampToLast)]
    operations += [
      .spatial(.convolution(Convolution(padding: SpatialExtents(1, 2), stride: SpatialExtents(3, 4), groups: 5))),
      .spatial(.pooling(Pooling(.maximum, window: SpatialExtents(2, 3), stride: 1, ignoresBorder: false))),
      .spatial(.pooling(Pooling(.average, window: 4, stride: 2, padding: SpatialExtents(1, 3), includesPadding: true))),
      .spatial(.affineGlimpse(SpatialExtents(26, 13))),
      .spatial(.convolution(Convolution(dilation: SpatialExtents(1, 2)))),
      .layout(.pad(Padding(low: [0, 1], high: [2, 0], interior: [0, 3], value: -0.5))),
      .selection(.select), .selection(.compare(.less)), .selection(.clip(minimum: -1, maximum: 2)),
    ]
    operations += GraphOperation.Reduction.allCases.flatMap { reduction in
      [true, false].map { .reduce(reduction, axes: [0, 2], keepingDimensions: $0) }
    }
    for operation in operations {
      #expect(try GraphOperation(name: operation.name, attributes: operation.attributes()) == operation)
    }
    #expect(Set(operations.map(\.name)).count == operations.count - 1 - GraphOperation.Reduction.allCases.count)
  }

  @Test(
    "a dilated convolution has a name that earlier readers do not know, and other convolutions are written as before")
  func dilation() throws {
    let plain = GraphOperation.spatial(.convolution(Convolution(padding: 1)))
    #expect(plain.name == "convolution")
    #expect(try Set(plain.attributes().keys) == ["padding", "stride", "groups"])
    let dilated = GraphOperation.spatial(.convolution(Convolution(dilation: 2)))
    #expect(dilated.name == "dilated_convolution")
    #expect(try dilated.attributes()["dilation"] == .list([.integer(2), .integer(2)]))
    // Dilation 1 under the new name is the plain convolution, and an unknown attribute of the old name is ignored.
    var attributes = try plain.attributes()
    attributes["dilation"] = .list([.integer(1), .integer(1)])
    #expect(try GraphOperation(name: "dilated_convolution", attributes: attributes) == plain)
    attributes["dilation"] = .list([.integer(2), .integer(2)])
    #expect(try GraphOperation(name: "convolution", attributes: attributes) == plain)
  }

  @Test("user-defined roles are saved with their parents") func userDefinedRoles() throws {
    let attention = Role("ATTENTION", refining: .weight)
    let head = Role("ATTENTION_HEAD", refining: attention)
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, []))
    let y = try x.applying(.square)
    y.add(head)
    let graph = try builder.finish(outputs: ["y": y])
    #expect(
      try graph.document["roles"] == .object(["ATTENTION": .text("WEIGHT"), "ATTENTION_HEAD": .text("ATTENTION")]))
    let read = try Graph(document: graph.document)
    #expect(read == graph)
    #expect(read.variables[1].roles.contains(refining: .parameter))
  }

  @Test("two roles with the same name cannot be saved") func ambiguousRoles() throws {
    for (first, second) in [
      (Role("MINE", refining: .weight), Role("MINE", refining: .bias)), (.input, Role("BIAS", refining: .input)),
    ] {
      let builder = GraphBuilder()
      let x = try builder.input("x", VariableType(.float64, []))
      x.add(first)
      x.add(second)
      let graph = try builder.finish(outputs: ["y": x])
      expectError(.duplicate, mentioning: "two roles are named", "rename one") { _ = try graph.json }
    }
  }

  /// A loop in a loop. The variable that only the inner loop has gets one role, and the loop's result in the graph gets the other.
  private func nested(_ inside: Role, _ outside: Role) throws -> Graph {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, ["time", 2]))
    let y = try builder.scan(sequences: [x], states: []) { inner, step in
      let row = step.sequences[0]
      let loop = try inner.scan(sequences: [], states: [row], stepCount: 2) { _, again in
        let square = try again.states[0].applying(.square)
        square.add(inside)
        return ([square], [])
      }
      return ([], loop.states)
    }.outputs[0]
    y.add(outside)
    return try builder.finish(outputs: ["y": y])
  }

  @Test("a role that occurs only in the body of a loop is defined in the graph, and in every body around it")
  func rolesInLoops() throws {
    let graph = try nested(Role("GLANCE", refining: .auxiliary), .output)
    var document = try graph.document
    let roles = JSONValue.object(["GLANCE": .text("AUXILIARY")])
    #expect(document["roles"] == roles)
    #expect(document["nodes"]?[0]?["attributes"]?["body"]?["roles"] == roles)
    #expect(try Graph(document: document) == graph)
    // The form that earlier versions wrote.
    document["roles"] = nil
    #expect(try Graph(document: document) == graph)
  }

  @Test("a loop and the surrounding graph cannot use one name for two roles, in writing or reading")
  func ambiguousInLoops()
    throws
  {
    let (mine, other) = (Role("MINE", refining: .auxiliary), Role("MINE", refining: .output))
    let ambiguous = try nested(mine, other)
    expectError(.duplicate, mentioning: "two roles are named MINE", "rename one") { _ = try ambiguous.json }
    var document = try nested(mine, mine).document
    document["roles"] = .object(["MINE": .text("OUTPUT")])
    expectError(.duplicate, mentioning: "two roles are named MINE") { _ = try Graph(document: document) }
  }

  @Test("an operation of a later version is kept unchanged, and never evaluated") func unrecognized() throws {
    let network = try SampleNetwork()
    var document = try network.graph.document
    document["nodes"]?[4]?["operation"] = .text("fourier_transform")
    document["nodes"]?[4]?["attributes"] = .object(["axes": .list([.integer(1)]), "window": .null])
    let graph = try Graph(document: document)
    #expect(
      graph.nodes[4].operation
        == .unrecognized(name: "fourier_transform", attributes: ["axes": .list([.integer(1)]), "window": .null]))
    #expect(try graph.document == document)
    #expect(try graph.trainingGraph().nodes.contains { $0.operation.name == "fourier_transform" })
    expectError(.unknownOperation, mentioning: "/net/norm.apply", "does not know the operation \"fourier_transform\"") {
      _ = try Interpreter(graph, tensors: network.tensors)
    }
  }

  @Test("members of a later version are ignored") func unknownMembers() throws {
    let graph = try SampleNetwork().graph
    var document = try graph.document
    document["future"] = .text("?")
    document["variables"]?[0]?["future"] = .integer(1)
    document["calls"]?[0]?["future"] = .null
    #expect(try Graph(document: document) == graph)
  }

  @Test("constants keep their value", arguments: [0.1, -0.0, 1e300, 5e-324, .infinity, -.infinity, .nan] as [Double])
  func constants(_ value: Double) throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, []))
    let graph = try builder.finish(outputs: ["y": x + value])
    #expect(try Graph(document: graph.document) == graph)
    #expect(try JSONDecoder().decode(Graph.self, from: graph.json) == graph)
  }

  @Test("metadata may be any JSON") func metadata() throws {
    let value = JSONValue.object([
      "boolean": .boolean(true), "integer": .integer(-7), "real": .real(0.5), "text": .text("true"),
      "list": .list([.null, .integer(1), .list([])]), "object": .object([:]),
    ])
    #expect(try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value)) == value)
    #expect(try JSONDecoder().decode(JSONValue.self, from: Data("3.0".utf8)) == .integer(3))
    #expect(try JSONDecoder().decode(JSONValue.self, from: Data("1e30".utf8)) == .real(1e30))
  }
}
