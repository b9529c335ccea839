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

  /// The answer that the pages in `schemas` require.
  enum Answer: String, Decodable {
    /// A reader refuses the file.
    case refuse
    /// A reader accepts the file, and verification reports it.
    case report
    /// A reader accepts the file, and nothing is wrong.
    case accept
  }

  /// Begins with the number of the rule that the file is for.
  let file: String
  /// The file's name without the number, as the tables of expected errors have it.
  let name: String
  let at: Stage
  let answer: Answer
  let breaks: String

  var refused: Bool { answer == .refuse }

  var testDescription: String { "\(file): \(breaks)" }

  static func all() throws -> [MalformedFile] {
    try JSONDecoder().decode([MalformedFile].self, from: bytes(fixture("malformed/expectations.json")))
  }
}

/// The expected error of a file that does not load.
let expectedErrors = malformedErrors.merging(operationErrors) { first, _ in first }
  .merging(imageErrors) { first, _ in first }.merging(loopErrors) { first, _ in first }
  .merging(ruleErrors) { first, _ in first }.merging(sixteenBitErrors) { first, _ in first }

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
        // A failure only here is a fault of the graph, and its error names no file.
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
      let expected = try #require(expectedErrors["\(malformed.name).h5"], "no expectation: \(error.code) \(error)")
      #expect(error.code == expected.code, "\(error)")
      #expect(error.file == path)
      #expect("\(error)".contains(expected.fragment), "\(error)")
      #expect(!error.message.hasSuffix("."))
    } else {
      let expected = try #require(evaluationErrors["\(malformed.name).h5"], "no evaluation: \(error)")
      let error = try #require(error as? GraphError, "\(error)")
      #expect(malformed.at == .run && error.code == expected.code, "\(error)")
      #expect("\(error)".contains(expected.fragment), "\(error)")
    }
  }

  @Test("is in the table of expected errors, and nothing else is")
  func tableIsComplete() throws {
    let refused = try Set(MalformedFile.all().filter(\.refused).map { "\($0.name).h5" })
    #expect(expectedErrors.count + evaluationErrors.count == refused.count)
    #expect(Set(expectedErrors.keys).union(evaluationErrors.keys) == refused)
    let reported = try Set(MalformedFile.all().filter { $0.answer == .report }.map { "\($0.name).h5" })
    #expect(Set(reportedFindings.keys) == reported)
    let names = try Set(MalformedFile.all().map(\.file))
    let files = try FileManager.default.contentsOfDirectory(atPath: fixture("malformed"))
    #expect(Set(files.filter { $0.hasSuffix(".h5") }) == names)
  }

  private func inputs(of model: Model) throws -> [Name: Tensor] {
    var inputs: [Name: Tensor] = [:]
    for port in model.graph.inputs {
      let type = model.graph.variables[port.variable].type
      inputs[port.name] = try ramp(Shape(type.shape.map { $0.fixed ?? 2 }), type: type.scalar)
    }
    return inputs
  }
}
