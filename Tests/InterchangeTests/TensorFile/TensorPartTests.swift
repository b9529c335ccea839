import Interchange
import Tensors
import Testing

@Suite("Parts of a file of tensors")
struct TensorPartTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func shard(_ number: Int, of count: Int) throws -> BatchPlan.Shard {
    try #require(BatchPlan.Shard(number, of: count))
  }

  /// Writes a part with one tensor, whose name is the number of the part.
  @discardableResult
  private func part(
    _ number: Int, of count: Int, named name: String, job: [Name: String] = ["task": "a"], tensors: Int? = nil,
    tensor: Name? = nil
  ) throws -> TensorPart {
    let path = try directory.file("\(name).safetensors")
    let values = try Tensor([Float(number), 0.5], shape: [2])
    try TensorPart.write(
      [OutgoingTensor(tensor ?? "t\(number)", values)], shard(number, of: count), of: tensors ?? count, job: job,
      table: "table \(number)", to: path)
    return try #require(try TensorPart(TensorFile(opening: path)))
  }

  @Test(
    "have consecutive tensors, all tensors together, and about equal bytes",
    arguments: [
      [5], [], [0, 0, 0, 0], [1, 1, 1, 1, 1, 1], [100, 1, 1, 1, 1, 100], [3, 0, 8, 1, 1, 1, 20, 4],
      [Int.max / 4, 1, 7],
    ])
  func ranges(_ weights: [Int]) throws {
    for count in [1, 2, 3, 7, 1_000_000] {
      var end = 0
      for number in count > 10 ? [1, 2, count / 2, count / 2 + 1, count - 1, count] : Array(1...count) {
        let range = try shard(number, of: count).items(weighing: weights)
        #expect(count > 10 ? range.lowerBound >= end : range.lowerBound == end)
        end = range.upperBound
        // A part exceeds its share by less than its largest tensor.
        let sum = range.reduce(0.0) { $0 + Double(weights[$1]) }
        let share = weights.reduce(0.0) { $0 + Double($1) } / Double(count)
        #expect(sum <= share + Double(weights.max() ?? 0) + 8)
      }
      #expect(end == weights.count)
    }
  }

  @Test("unite in any order, with their tensors in the order of the whole file")
  func union() throws {
    let parts = try [3, 1, 2].map { try part($0, of: 3, named: "\($0)") }
    let union = try TensorPartUnion(parts)
    #expect(union.entries.map(\.name) == ["t1", "t2", "t3"])
    #expect(union.tables == ["table 1", "table 2", "table 3"])
    #expect(union.job == ["task": "a"])
    var bytes: [UInt8] = []
    for entry in union.entries { try union.read(entry.name) { bytes += $0 } }
    #expect(bytes == [0, 0, 128, 63, 0, 0, 0, 63, 0, 0, 0, 64, 0, 0, 0, 63, 0, 0, 64, 64, 0, 0, 0, 63])
  }

  @Test("that are missing, given twice, or of another run are named")
  func refused() throws {
    let (one, two) = (try part(1, of: 4, named: "one"), try part(2, of: 4, named: "two"))
    expectError(.unsuitable, mentioning: "one.safetensors", "one of 4 parts", "2 parts are missing: 3–4") {
      try TensorPartUnion([one, two])
    }
    let third = try part(3, of: .max, named: "third", tensors: 1)
    expectError(.unsuitable, mentioning: "third.safetensors", "parts are missing: 1–2, 4–9223372036854775807") {
      try TensorPartUnion([third])
    }
    let again = try part(2, of: 4, named: "again")
    expectError(.unsuitable, mentioning: "again.safetensors", "is part 2 of 4, and so is", "two.safetensors") {
      try TensorPartUnion([one, two, again])
    }
    let other = try part(3, of: 4, named: "other", job: ["task": "b"])
    expectError(.unsuitable, mentioning: "other.safetensors", "another result than", "one.safetensors") {
      try TensorPartUnion([one, two, other])
    }
    let fifth = try part(3, of: 5, named: "fifth")
    expectError(.unsuitable, mentioning: "fifth.safetensors", "is part 3 of 5", "one of 4 parts") {
      try TensorPartUnion([one, fifth])
    }
    let (a, b) = (try part(1, of: 2, named: "a"), try part(2, of: 2, named: "b", tensor: "t1"))
    expectError(.unsuitable, mentioning: "b.safetensors", "t1", "another part has") { try TensorPartUnion([a, b]) }
    let halves = try (1...2).map { try part($0, of: 2, named: "half-\($0)", tensors: 3) }
    expectError(.unsuitable, mentioning: "2 of 3 tensors") { try TensorPartUnion(halves) }
  }

  @Test("with a changed byte are found when they are read, and other files are no parts")
  func damaged() throws {
    let path = try directory.file("1.safetensors")
    try part(1, of: 1, named: "1")
    var content = try bytes(ofFile: path)
    content[content.count - 1] ^= 1
    _ = try directory.file("1.safetensors", content)
    let union = try TensorPartUnion([#require(try TensorPart(TensorFile(opening: path)))])
    expectError(.malformed, mentioning: "1.safetensors:t1", "digest does not match") { try union.read("t1") { _ in } }
    #expect(try TensorPart(TensorFile(opening: Repository.fixture("foreign/one.safetensors"))) == nil)
  }
}
