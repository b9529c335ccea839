import Bricks
import Foundation
import PopulationStatistics
import Testing

/// One brick in several loops, several times in one loop, in nested loops, and outside of loops.
@Suite struct LoopDuplicateTests {
  private let shared = BatchNormalization([2], epsilon: 0.25)
  private let perStep = BatchNormalization([2], epsilon: 0.25, timeSteps: 4)
  private let input = try? Tensor([1.0, 2, 5, 3, 2, 8, 0, 1], shape: [2, 2, 2])

  private func model(
    _ brick: BatchNormalization, _ body: (inout Scope, Variable) throws -> [Variable]
  ) throws -> Model {
    try Model([brick], scalar: .float64, seed: 1) { scope in
      let x = try scope.builder.input("x", VariableType(.float64, ["time", "batch", 2]))
      return NamedVariables(try body(&scope, x).enumerated().map { (name: "y\($0)", variable: $1) })
    }
  }

  private func loop(_ brick: BatchNormalization, _ x: Variable, _ scope: Scope, times: Int = 1) throws -> Variable {
    try scope.scan(sequences: [x]) { inner, step in
      ([], [try (0..<times).reduce(step.sequences[0]) { value, _ in try inner.apply(brick, to: value * 2) }])
    }.outputs[0]
  }

  @Test(
    "shared statistics in two loops, or twice in one, are duplicates, whose calls are numbered if they are allowed")
  func sharedTwice() throws {
    let twoLoops = try model(shared) { scope, x in [try loop(shared, x, scope), try loop(shared, x * 3, scope)] }
    let twiceInOne = try model(shared) { scope, x in [try loop(shared, x, scope, times: 2)] }
    for model in [twoLoops, twiceInOne] {
      let training = try model.graph.trainingGraph()
      let error = #expect(throws: GraphError.self) { _ = try training.updatePairs() }
      #expect(error?.code == .duplicate)
      #expect(error?.brick == "/batchnormalization")
      let pairs = try training.updatePairs(allowingDuplicates: true)
      #expect(pairs.map(\.application) == ["apply", "apply", "apply#1", "apply#1"])
    }
  }

  @Test("using one step twice within a loop is a duplicate; using two different steps is not")
  func perStepTwice() throws {
    let twice = try model(perStep) { scope, x in [try loop(perStep, x, scope, times: 2)] }
    let error = #expect(throws: GraphError.self) { _ = try PopulationPass(twice) }
    #expect(error?.code == .duplicate)
    var once = try PopulationPass(model(perStep) { scope, x in [try loop(perStep, x, scope)] })
    try once.observe(["x": #require(input)])
    #expect(once.records.map(\.counts) == [[2, 2, 0, 0]])
    // x · 2 at step 0 is (2, 4), (10, 6), at step 1 (4, 16), (0, 2).
    #expect(once.records[0].mean == [6, 5, 2, 9, 0, 0, 0, 0])
  }

  @Test("loops in loops with both modes are transformed as if all had been built in training mode") func mixed() throws
  {
    let bricks = ["a", "b"].map { BatchNormalization([2], epsilon: 0.25, name: $0) }
    func model(_ training: Set<String>) throws -> Model {
      try Model(bricks, scalar: .float64, seed: 1) { scope in
        let x = try scope.builder.input("x", VariableType(.float64, ["time", "batch", 2]))
        func apply(_ brick: BatchNormalization, _ x: Variable, _ scope: inout Scope) throws -> Variable {
          guard training.contains(brick.name) else { return try scope.apply(brick, to: x) }
          return try scope.builder.inTraining { try scope.apply(brick, to: x) }
        }
        let y = try scope.scan(sequences: [x]) { inner, step in
          let first = try apply(bricks[0], step.sequences[0], &inner)
          let loop = try inner.scan(states: [first], stepCount: 2) { innermost, other in
            let second = try apply(bricks[1], other.states[0] * 2 + step.sequences[0], &innermost)
            return ([try apply(bricks[0], second, &innermost)], [])
          }
          return ([], loop.states)
        }.outputs[0]
        return ["y": y]
      }
    }
    let built = try model(["a", "b"])
    let inputs: [Name: Tensor] = ["x": try #require(input)]
    func values(_ graph: Graph) throws -> [[Double]] {
      let pairs = try graph.updatePairs(allowingDuplicates: true)
      #expect(pairs.map(\.application) == ["apply", "apply", "apply", "apply", "apply#1", "apply#1"])
      #expect(pairs.map(\.loopDepth) == [1, 1, 2, 2, 2, 2])
      let counts: [Int] = pairs.compactMap { if case .variable(let count) = $0.observations { count } else { nil } }
      let wanted = graph.outputs.map(\.variable) + pairs.map(\.minibatch) + counts
      return try Interpreter(graph, tensors: built.tensors).evaluate(wanted, inputs: inputs).map(\.doubles)
    }
    let expected = try values(built.graph)
    for training in [[], ["a"], ["b"]] as [Set<String>] {
      let graph = try model(training).graph.trainingGraph()
      #expect(try values(graph) == expected)
      #expect(try graph.trainingGraph() == graph)
      #expect(try JSONDecoder().decode(Graph.self, from: JSONEncoder().encode(graph)) == graph)
    }
  }

  @Test("two loops have the same steps, at any depth and if captured; if duplicates are allowed, each has two pairs")
  func twoLoops() throws {
    let beside = try model(perStep) { scope, x in [try loop(perStep, x, scope), try loop(perStep, x * 3, scope)] }
    let inside = try model(perStep) { scope, x in
      let nested = try scope.scan(stepCount: 1) { inner, _ in ([], [try loop(perStep, x, inner)]) }
      return [try loop(perStep, x, scope), nested.outputs[0]]
    }
    let captured = try model(perStep) { scope, x in
      try scope.scan(sequences: [x]) { inner, step in
        let around = try inner.apply(perStep, to: step.sequences[0])
        let again = try inner.scan(stepCount: 1) { innermost, _ in
          innermost.timeStep = .variable(step.index)
          return ([], [try innermost.apply(perStep, to: step.sequences[0] * 2)])
        }
        return ([], [around, again.outputs[0]])
      }.outputs
    }
    for model in [beside, inside, captured] {
      let error = #expect(throws: GraphError.self) { _ = try PopulationPass(model) }
      #expect(error?.code == .duplicate)
      #expect(error?.message.contains("at the same time step") == true)
      #expect(error?.brick == "/batchnormalization")
      let pairs = try model.graph.trainingGraph().updatePairs(allowingDuplicates: true)
      #expect(pairs.map(\.application) == ["apply", "apply", "apply#1", "apply#1"])
    }
  }

  @Test("constant steps in two loops are different steps") func constantSteps() throws {
    func model(_ steps: [Int]) throws -> Model {
      try self.model(perStep) { scope, x in
        try steps.map { number in
          try scope.scan(sequences: [x]) { inner, step in
            inner.timeStep = .constant(number)
            return ([], [try inner.apply(perStep, to: step.sequences[0])])
          }.outputs[0]
        }
      }
    }
    #expect(try model([0, 1]).graph.trainingGraph().updatePairs().count == 4)
    let error = #expect(throws: GraphError.self) { _ = try model([1, 1]).graph.trainingGraph().updatePairs() }
    #expect(error?.code == .duplicate)
  }

  @Test("statistics come out of nested loops with an axis for each, and are pooled over both") func nested() throws {
    let model = try model(shared) { scope, x in
      let outer = try scope.scan(sequences: [x], states: []) { inner, step in
        let again = try inner.scan(stepCount: 3) { innermost, _ in
          ([], [try innermost.apply(shared, to: step.sequences[0])])
        }
        return ([], again.outputs)
      }
      return outer.outputs
    }
    let training = try model.graph.trainingGraph()
    #expect(try training.trainingGraph() == training)
    let pairs = try training.updatePairs()
    #expect(pairs.map(\.loopDepth) == [2, 2])
    let interpreter = try Interpreter(training, tensors: model.tensors)
    let input: [Name: Tensor] = ["x": try #require(self.input)]
    #expect(try interpreter.evaluate([pairs[0].minibatch], inputs: input)[0].shape == [2, 3, 1, 2])
    var pass = try PopulationPass(model)
    try pass.observe(input)
    #expect(pass.records.map(\.counts) == [[12]])
    // The four rows (1, 2), (5, 3), (2, 8), (0, 1), three times each.
    expectEqualUpToRounding(try #require(pass.records[0].mean), [2, 3.5])
    expectEqualUpToRounding(try #require(pass.records[0].standardDeviation), [root(3.5 + 0.25), root(7.25 + 0.25)])
  }
}
