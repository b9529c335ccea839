import ComputationGraphs
import JSON
import Tensors
import Testing

/// Names that Unicode counts as equal are two names everywhere: files keep both.
@Suite("Names that differ only in the encoding of a character") struct SiblingNameTests {
  private let composed: Name = "/caf\u{E9}"
  private let decomposed: Name = "/cafe\u{301}"

  /// x → W x + V x, where W and V belong to the two bricks.
  private func siblings() throws -> Model {
    let builder = GraphBuilder()
    let x = try builder.input("x\u{E9}", VariableType(.float64, ["batch", 1]))
    let other = try builder.input("xe\u{301}", VariableType(.float64, ["batch", 1]))
    var sum = try x - x
    var tensors: TensorStore = [:]
    var descriptions: [TensorPath: TensorDescription] = [:]
    for (brick, input, value) in [(composed, x, 2.0), (decomposed, other, 3)] {
      let path = try TensorPath(.parameters, brick: brick, name: "W")
      let weight = try builder.tensor(path, type: VariableType(.float64, [1, 1]), roles: [.weight])
      let product = try builder.call(brick: brick, type: "Linear", application: "apply", on: [input]) {
        [try input.matrixMultiplied(by: weight)]
      }
      sum = try sum + product[0]
      tensors[path] = try Tensor([value], shape: [1, 1])
      descriptions[path] = TensorDescription(axes: ["input", "output"])
    }
    return try Model(
      bricks: [composed, decomposed].map { BrickNode(type: "Linear", name: Name($0.text.dropFirst())) },
      graph: builder.finish(outputs: ["y": sum]), tensors: tensors, descriptions: descriptions, origins: [:])
  }

  @Test("name two inputs, bricks and tensors of one model, also after coding in JSON") func model() throws {
    let model = try siblings()
    try BrickNode.validate(model.bricks)
    let graph = try Graph(json: JSONValue(parsing: model.graph.json().jsonText()))
    #expect(graph == model.graph)
    for graph in [model.graph, graph] {
      let outputs = try Interpreter(graph, tensors: model.tensors)([
        "x\u{E9}": Tensor([10.0], shape: [1, 1]), "xe\u{301}": Tensor([100.0], shape: [1, 1]),
      ])
      #expect(outputs["y"]?.doubles == [320])
    }
    #expect(graph.parameters.map(\.brick) == [decomposed, composed], "0x65 comes before 0xC3")
    #expect(graph.calls(ofType: "Linear").map(\.brick) == [composed, decomposed])
  }

  @Test("are told apart by selectors, which count scalars") func selectors() throws {
    let paths = try siblings().graph.parameters
    func brick(_ pattern: Name) throws -> [Name] {
      let selector = try Selector(pattern)
      return paths.filter(selector.matches).map(\.brick)
    }
    #expect(try brick("/caf\u{E9}.W") == [composed])
    #expect(try brick("/cafe\u{301}.*") == [decomposed])
    #expect(try brick("/caf?.W") == [composed])
    #expect(try brick("/caf??.W") == [decomposed])
    #expect(try brick("/caf[\u{E8}-\u{EA}].W") == [composed])
  }

  @Test("are told apart when one is renamed, dropped or compared") func editing() throws {
    let model = try siblings()
    let renamed = try model.renaming(composed, to: "/tea")
    #expect(renamed.graph.parameters.map(\.brick) == [decomposed, "/tea"])
    let differences = BrickNode.differences(from: [model.bricks[0]], to: [model.bricks[1]])
    #expect(differences.map(\.path) == [composed, decomposed])
  }

  @Test("are two keys of a JSON object, and different texts") func json() throws {
    let text = "{\"cafe\u{301}\":1,\"caf\u{E9}\":2}"
    let value = try JSONValue(parsing: text)
    #expect(try value.integer("cafe\u{301}") == 1)
    #expect(try value.integer("caf\u{E9}") == 2)
    #expect(try value.jsonText().utf8.elementsEqual(text.utf8))
    #expect(JSONValue.text("caf\u{E9}") != .text("cafe\u{301}"))
    #expect(Set([JSONValue.text("caf\u{E9}"), .text("cafe\u{301}")]).count == 2)
  }
}
