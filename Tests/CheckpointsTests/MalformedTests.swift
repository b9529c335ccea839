import Bricks
import Foundation
import Testing

@testable import Checkpoints

/// A file of `fixtures/malformed`, as `expectations.json` describes it.
struct MalformedFile: Decodable, CustomTestStringConvertible {
  enum Stage: String, Decodable, Comparable {
    case open, load, run, average

    static func < (left: Stage, right: Stage) -> Bool {
      let order = [Stage.open, .load, .run, .average]
      return order.firstIndex(of: left)! < order.firstIndex(of: right)!
    }
  }

  let file: String
  let at: Stage
  let refused: Bool
  let breaks: String

  var testDescription: String { "\(file): \(breaks)" }

  static func all() throws -> [MalformedFile] {
    try JSONDecoder().decode([MalformedFile].self, from: bytes(fixture("malformed/expectations.json")))
  }
}

@Suite("A malformed file")
struct MalformedTests {
  @Test("is refused at its stage, by an error that names file and fault", arguments: try MalformedFile.all())
  func refused(_ malformed: MalformedFile) throws {
    let path = fixture("malformed/\(malformed.file)")
    let before = try bytes(path)
    var reached = MalformedFile.Stage.open
    var failure: (any Error)?
    do {
      let checkpoint = try Checkpoint(opening: path)
      reached = .load
      if checkpoint.kind == .model {
        let model = try checkpoint.model()
        reached = .run
        // What fails here alone is the graph's business, and its error names no file.
        if malformed.at != .average { _ = try model(inputs(of: model)) }
      }
      reached = .average
      _ = try checkpoint.updates()
    } catch {
      failure = error
    }
    #expect(try bytes(path) == before)
    guard malformed.refused else {
      #expect(failure == nil)
      return
    }
    let error = try #require(failure, "was accepted")
    #expect(reached <= malformed.at, "\(error)")
    if let error = error as? CheckpointError {
      let expected = try #require(malformedErrors[malformed.file], "no expectation: \(error.code) \(error)")
      #expect(error.code == expected.code, "\(error)")
      #expect(error.file == path)
      #expect("\(error)".contains(expected.fragment), "\(error)")
      #expect(!error.message.hasSuffix("."))
    } else {
      #expect(malformed.at == .run && error is GraphError, "\(error)")
    }
  }

  @Test("is in the table of expected errors, and nothing else is")
  func tableIsComplete() throws {
    let refused = try MalformedFile.all().filter { $0.refused && malformedErrors[$0.file] == nil }
    #expect(refused.map(\.file) == ["graph-unknown-operation.h5"])
    let names = try Set(MalformedFile.all().map(\.file))
    #expect(malformedErrors.keys.filter { !names.contains($0) }.isEmpty)
    let files = try FileManager.default.contentsOfDirectory(atPath: fixture("malformed"))
    #expect(Set(files.filter { $0.hasSuffix(".h5") }) == names)
  }

  private func inputs(of model: Model) throws -> [String: Tensor] {
    var inputs: [String: Tensor] = [:]
    for port in model.graph.inputs {
      let type = model.graph.variables[port.variable].type
      inputs[port.name] = try ramp(Shape(type.shape.map { $0.fixed ?? 2 }), type: type.scalar)
    }
    return inputs
  }
}
