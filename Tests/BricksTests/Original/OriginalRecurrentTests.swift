import Bricks
import Testing

/// The recurrent networks of fixtures/original/recurrent give the original's numbers.
@Suite struct OriginalRecurrentTests {
  private static let cases = (try? RecurrentCase.all.get()) ?? []
  private static let steps = cases.filter { $0.arrays["one_step/states"] != nil }

  @Test("all 44 cases are there, 29 of them with a single step") func count() throws {
    #expect(try RecurrentCase.all.get().count == 44)
    #expect(Self.steps.count == 29)
    #expect(Self.representable.count == 43)
  }

  @Test("whole sequences give the original's states and cells", arguments: cases)
  func sequences(_ original: RecurrentCase) throws {
    let model = try original.sequenceModel()
    let outputs = try model(original.feed(model))
    for name in original.stateNames {
      let expected = try #require(original.arrays[name])
      let output = try #require(outputs[name])
      #expect(output.shape == expected.shape)
      #expect(output.distance(to: expected) <= 1e-10, "\(name)")
    }
  }

  @Test("single steps give the original's states and cells", arguments: steps)
  func singleSteps(_ original: RecurrentCase) throws {
    let model = try original.stepModel()
    let outputs = try model(original.feed(model, rowsOfFirstStep: true))
    for name in original.stateNames {
      let expected = try #require(original.arrays["one_step/\(name)"])
      #expect(try #require(outputs[name]).distance(to: expected) <= 1e-10, "\(name)")
    }
  }

  /// One case grows beyond what single precision can hold.
  private static let representable = cases.filter { original in
    original.stateNames.allSatisfy { name in
      original.arrays[name]?.doubles.allSatisfy { $0.magnitude < Double(Float.greatestFiniteMagnitude) } ?? false
    }
  }

  @Test("single precision agrees up to rounding", arguments: representable)
  func singlePrecision(_ original: RecurrentCase) throws {
    let model = try original.sequenceModel(.float32)
    let outputs = try model(original.feed(model))
    for name in original.stateNames {
      let expected = try #require(original.arrays[name])
      #expect(
        try #require(outputs[name]).distance(to: expected) <= 1e-6 + 100 * (original.sensitivity[name.text] ?? 0),
        "\(name)")
    }
  }

  @Test("parameters have the original's paths and shapes, and weights and initial states their roles", arguments: cases)
  func paths(_ original: RecurrentCase) throws {
    let model = try original.sequenceModel()
    let shapes = Dictionary(
      uniqueKeysWithValues: model.tensors.map { ($0.key.description, $0.value.shape.dimensions) })
    #expect(shapes == original.configuration.parameters)
    for (path, variable) in model.graph.savedTensors {
      #expect(variable.roles.contains(refining: path.name.hasPrefix("initial") ? .initialState : .weight), "\(path)")
    }
  }
}
