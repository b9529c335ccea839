import Names
import Testing

@testable import Checkpoints

@Suite("A table of contents in which a tensor is below another tensor")
struct TensorBelowTensorTests {
  /// The problems of a table that lists parameters of a brick, in the order of their paths.
  private func problems(_ paths: [Name]) -> [CheckpointError] {
    let entries = paths.map { path in
      Contents.Entry(
        path: path, type: .float32, shape: [], role: "WEIGHT", brick: path.splitAtLast("/")?.before ?? "", axes: [],
        digest: .pending)
    }
    let contents = Contents(formatVersion: "1.0", kind: "model", documents: [], tensors: entries)
    return contents.problems(kind: .model, version: "1.0", file: "file.h5").filter { $0.message.contains("below it") }
  }

  @Test("is refused, and the error names both tensors, also if names that sort before \"/\" are between them")
  func refused() throws {
    let found = problems([
      "/parameters/a", "/parameters/a-b", "/parameters/a.c/d", "/parameters/a/x/W", "/parameters/b",
    ])
    #expect(found.map(\.object) == ["/parameters/a"])
    #expect(
      found.first?.message == "is a tensor, but /parameters/a/x/W is below it; rename the tensor or the brick")
  }

  @Test("is not confused with a tensor whose name only begins like another")
  func accepted() {
    #expect(problems(["/parameters/a", "/parameters/a-b", "/parameters/aa/W", "/parameters/b/a/W"]).isEmpty)
  }
}
