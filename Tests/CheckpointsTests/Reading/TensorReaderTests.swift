import Bricks
import Foundation
import Testing

@testable import Checkpoints

@Suite("Reading block by block")
struct TensorReaderTests {
  @Test(
    "gives the tensor's elements in order, for blocks of any size",
    arguments: ["plain", "chunked-deflated", "float64-model", "update-pairs"], [5, 1 << 18])
  func blocks(name: String, count: Int) throws {
    // Written by the independent writer.
    let checkpoint = try Checkpoint(opening: fixture("valid/\(name).h5"))
    for entry in checkpoint.contents.tensors {
      let whole = try checkpoint.read(entry).doubles
      var elements: [Double] = []
      try checkpoint.forEachBlock(of: entry, atMost: count) { range, block in
        #expect(range.lowerBound == elements.count && range.count == block.shape.elementCount && range.count <= count)
        #expect(block.type == entry.type)
        elements += block.doubles
      }
      #expect(elements == whole, "\(entry.path)")
    }
  }

  @Test("does not pass on the last block of damaged data")
  func damaged() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.h5"
      try ModelCase.perceptron.model().save(to: path)
      var data = try bytes(path)
      let entry = try #require(try Checkpoint(opening: path).entry("/parameters/mlp/linear_0/W"))
      let values = try Checkpoint(opening: path).read(entry).withUnsafeBytes { Data($0) }
      let place = try #require(data.range(of: values)?.lowerBound)
      data[place] ^= 1
      let damaged = "\(folder)/damaged.h5"
      try data.write(to: URL(fileURLWithPath: damaged))
      let checkpoint = try Checkpoint(opening: damaged)
      var ends: [Int] = []
      expectFailure(.damaged, "/parameters/mlp/linear_0/W", "digest") {
        try checkpoint.forEachBlock(of: entry, atMost: 5) { range, _ in ends.append(range.upperBound) }
      }
      #expect(ends == [5, 10])
      expectFailure(.damaged, "digest") { _ = try checkpoint.read(entry) }
    }
  }

  @Test("compares the dataset with the table of contents first")
  func disagreement() throws {
    let checkpoint = try Checkpoint(opening: fixture("malformed/C36-attribute-digest.h5"))
    let problems = checkpoint.contents.tensors.filter { entry in
      (try? checkpoint.reader(of: entry).elementCount) == nil
    }
    #expect(problems.count == 1)
  }
}
