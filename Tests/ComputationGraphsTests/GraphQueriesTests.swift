import ComputationGraphs
import Tensors
import Testing

@Suite struct GraphQueriesTests {
  private func graph() throws -> Graph { try SampleNetwork().graph }

  @Test("variables are found by role, or a role above it") func roles() throws {
    let graph = try graph()
    #expect(graph.variables { $0.role(refines: .weight) }.map(\.name) == ["W"])
    #expect(graph.variables { $0.role(refines: .parameter) }.map(\.name) == ["W"])
    #expect(graph.variables { $0.role(refines: .filter) }.isEmpty)
    #expect(
      graph.variables { $0.role(refines: .persistent) }.map(\.name) == ["W", "population_mean", "population_stdev"])
    #expect(graph.variables { $0.roles(refineEach: [.input, .variable]) }.map(\.name) == ["x", "product"])
    #expect(graph.variables { $0.roles(refineEach: [.input, .output]) }.isEmpty)
  }

  @Test("variables are found by brick: what belongs to it, and what it is applied to") func bricks() throws {
    let graph = try graph()
    #expect(graph.variables { $0.brick(isType: "Norm") }.map(\.index) == [2, 3, 4, 5, 6, 7, 8])
    #expect(graph.variables { $0.brick(isAt: "/net") }.map(\.index) == [0, 1, 4, 8])
    #expect(graph.variables { $0.brick(isAt: "/net/norm") }.map(\.index) == [2, 3, 4, 5, 6, 7, 8])
    #expect(graph.variables { $0.brick(isType: "Linear") || $0.brick(isAt: "/ne") }.isEmpty)
  }

  @Test("criteria combine, and see name, call, type and roles") func criteria() throws {
    let graph = try graph()
    let found = graph.variables {
      $0.role(refines: .persistent) && $0.brick(isType: "Norm") && $0.name.hasSuffix("_stdev")
    }
    #expect(found.map(\.index) == [3])
    #expect(found[0].type == VariableType(.float64, [3]))
    #expect(graph.variables { $0.call?.brick == "/net/norm" }.map(\.index) == [5, 6, 7, 8])
    #expect(graph.variables { $0.name.isEmpty }.map(\.index) == [5, 6, 7, 8])
  }

  @Test("a condition's error comes through") func errors() throws {
    struct Stop: Error {}
    let graph = try graph()
    #expect(throws: Stop.self) { try graph.variables { _ in throw Stop() } }
  }

  @Test("calls are found by type") func calls() throws {
    #expect(try graph().calls(ofType: "Norm").map(\.brick) == ["/net/norm"])
    #expect(try graph().calls(ofType: "norm").isEmpty)
  }

  @Test("parameters, saved tensors, intermediaries and auxiliaries") func kinds() throws {
    let graph = try graph()
    #expect(graph.parameters.map(\.description) == ["/net.W"])
    #expect(
      graph.savedTensors.map(\.path.datasetPath) == [
        "/parameters/net/W", "/statistics/net/norm/population_mean", "/statistics/net/norm/population_stdev",
      ])
    #expect(graph.intermediaries.map(\.index) == [4, 5, 6, 7])
    #expect(graph.auxiliaries.isEmpty)
  }
}
