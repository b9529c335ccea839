import Bricks
import Foundation
import JSON
import PopulationStatistics
import Names
import Testing

@testable import Checkpoints

@Suite("A document that nobody edits")
struct DocumentCopyTests {
  private static let models = validFiles.filter { !$0.hasPrefix("update-pairs") }

  @Test("keeps every byte when its checkpoint is saved, averaged or repacked", arguments: models)
  func kept(_ file: String) throws {
    let path = fixture("valid/\(file)")
    let original = try documents(path)
    #expect(Set(original.keys).isSuperset(of: ["/model/bricks", "/model/graph"]))
    try withTemporaryFolder { folder in
      let checkpoint = try Checkpoint(opening: path)
      let copy = "\(folder)/copy.h5"
      try checkpoint.payload().save(to: copy)
      #expect(try documents(copy) == original)
      try checkpoint.repack(to: copy, storage: .contiguous)
      #expect(try documents(copy) == original)
      let step: ProvenanceStep = ["operation": .text("test")]
      try checkpoint.save(with: checkpoint.outline(), provenance: checkpoint.provenance() + [step], to: copy)
      #expect(try modelDocuments(copy) == modelDocuments(path))
      _ = try ParameterAveraging().average([path, path], to: copy)
      #expect(try modelDocuments(copy) == modelDocuments(path))
      var average = try ParameterAveraging().payload(averaging: [path]).payload
      try average.model?.resetStatistics()
      try average.save(to: copy)
      #expect(try modelDocuments(copy) == modelDocuments(path))
    }
  }

  @Test("keeps white space, spellings of numbers, and unknown keys")
  func foreign() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.h5"
      try CleanCheckpoint.perceptron.save(to: path)
      var raw = try RawCheckpoint(path)
      for document: Name in ["/model/bricks", "/model/graph", "/provenance"] {
        let text = try #require(raw.documents[document])
        raw.documents[document] = "{\n \"of another program\": 1E2," + text.dropFirst().replacing(",", with: ", ")
      }
      try FileManager.default.removeItem(atPath: path)
      try raw.write(to: path)
      let original = try documents(path)
      var payload = try Checkpoint(opening: path).payload()
      try payload.model?.resetStatistics()
      try payload.save(to: "\(folder)/copy.h5")
      #expect(try documents("\(folder)/copy.h5") == original)
    }
  }

  @Test("is written again after an edit, with the numbers spelled as before")
  func edited() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.h5"
      try CleanCheckpoint.perceptron.save(to: path)
      var raw = try RawCheckpoint(path)
      let graph = try #require(raw.documents["/model/graph"])
      #expect(graph.contains("\"epsilon\":0.0001,"))
      raw.documents["/model/graph"] = graph.replacing("\"epsilon\":0.0001,", with: "\"epsilon\":1E-4,")
      try FileManager.default.removeItem(atPath: path)
      try raw.write(to: path)
      let checkpoint = try Checkpoint(opening: path)
      var payload = try checkpoint.payload()
      payload.model = try payload.model?.renaming("/mlp/linear_0", to: "/mlp/first")
      payload.provenance.append(["operation": .text("rename")])
      try payload.save(to: "\(folder)/renamed.h5")
      let renamed = try documents("\(folder)/renamed.h5")
      let expected = raw.documents["/model/graph"]?.replacing("/mlp/linear_0\"", with: "/mlp/first\"")
        .replacing("/mlp/linear_0/", with: "/mlp/first/")
      #expect(renamed["/model/graph"] == expected)
      #expect(renamed["/provenance"]?.hasPrefix(try #require(raw.documents["/provenance"]).dropLast(2)) ?? false)
    }
  }

  @Test("spells a number as the original does under the same key, and never changes it")
  func spelling() {
    let spelling = NumberSpelling(
      of: #"{"a": [1e-5, 100, 2.50, -0, 9007199254740993], "b\"": 1E-05, "c": {"a": 1.0, "d": 1}, "text": "a: 7.0"}"#)
    #expect(
      spelling.respelling(#"{"a":[1e-05,100.0,2.5,0,-0.0,9007199254740992],"b\"":1e-05,"d":1.0,"e":1.0,"text":"7"}"#)
        == #"{"a":[1e-5,100,2.50,0,-0,9007199254740992],"b\"":1E-05,"d":1,"e":1.0,"text":"7"}"#)
    // Both spellings are the original's.
    #expect(spelling.respelling(#"{"a":1,"c":1}"#) == #"{"a":1.0,"c":1}"#)
    #expect(NumberSpelling(of: #"{"a":[1,1.0]}"#).respelling(#"{"a":[1.0,1]}"#) == #"{"a":[1.0,1]}"#)
  }
}

/// The texts of all documents but the table of contents.
private func documents(_ path: String) throws -> [String: String] {
  let checkpoint = try Checkpoint(opening: path)
  var texts: [String: String] = [:]
  for document in checkpoint.contents.documents {
    texts[document.path.text] = try checkpoint.text(ofDocument: document.path)
  }
  return texts
}

private func modelDocuments(_ path: String) throws -> [String?] {
  let documents = try documents(path)
  return [documents["/model/bricks"], documents["/model/graph"]]
}
