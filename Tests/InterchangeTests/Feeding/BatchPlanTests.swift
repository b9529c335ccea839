import Foundation
import Interchange
import Testing

@Suite("A plan of batches")
struct BatchPlanTests {
  private struct Order: Decodable {
    let seed: String
    let order: [Int]
  }

  @Test("takes consecutive examples, the last ones in a smaller batch, and says where they are")
  func consecutive() {
    let plan = BatchPlan(exampleCount: 7, batchSize: 3, limit: nil)
    #expect(plan.batches.map(\.examples) == [[0, 1, 2], [3, 4, 5], [6]])
    #expect(plan.batches.map(\.isRemainder) == [false, false, true])
    #expect(plan.exampleCount == 7)
    let whole = BatchPlan(exampleCount: 8, batchSize: 3)
    #expect(whole.batches.map(\.examples) == [[0, 1, 2], [3, 4, 5], [6, 7]])
    #expect(whole.batches.map(\.name) == ["[0:3]", "[3:6]", "[6:8]"])
    #expect(whole.batches.map(\.number) == [0, 1, 2])
    #expect(BatchPlan(exampleCount: 6, batchSize: 3).batches.allSatisfy { !$0.isRemainder })
    #expect(BatchPlan(exampleCount: 0, batchSize: 3).batches.isEmpty)
    // The only batch is not a remainder, because nothing would be left without it.
    #expect(BatchPlan(exampleCount: 1, batchSize: 3).batches.map(\.isRemainder) == [false])
    #expect(BatchPlan(exampleCount: 2, batchSize: 1).batches.map(\.examples) == [[0], [1]])
  }

  @Test("without a seed needs no memory for the order of the examples")
  func unlisted() {
    let plan = BatchPlan(exampleCount: .max, batchSize: 1 << 61)
    #expect(plan.exampleCount == .max)
    #expect(plan.batches.map(\.range.lowerBound) == [0, 1 << 61, 1 << 62, 3 << 61])
    #expect(plan.batches[3].range.upperBound == .max && plan.batches[3].isRemainder)
  }

  @Test("shuffles into the order that Python finds, the same on every machine")
  func shuffled() throws {
    let orders = try JSONDecoder().decode([Order].self, from: bytes(fixturePath("batch_orders.json")))
    for order in orders {
      let seed = try #require(UInt64(order.seed))
      let count = order.order.count
      let plan = BatchPlan(exampleCount: count, batchSize: max(1, count), seed: seed)
      #expect(plan.batches.flatMap(\.examples) == order.order)
      // The size of the batches changes no order, and names say which order it is.
      let pairs = BatchPlan(exampleCount: count, batchSize: 2, seed: seed)
      #expect(pairs.batches.flatMap(\.examples) == order.order)
      #expect(pairs.batches.first?.name == (count == 0 ? nil : "[seed \(seed)][0:\(min(count, 2))]"))
    }
    let many = BatchPlan(exampleCount: 1000, batchSize: 10, seed: 4).batches.flatMap(\.examples)
    #expect(many.sorted() == Array(0..<1000) && many != Array(0..<1000))
  }

  @Test(
    "is divided into shards: every batch is in exactly one of them, with its own number and name",
    arguments: [1, 3, 7])
  func shards(_ count: Int) throws {
    let whole = BatchPlan(exampleCount: 101, batchSize: 9, seed: 3)
    let parts = (1...count).map { number in
      BatchPlan(exampleCount: 101, batchSize: 9, seed: 3, shard: BatchPlan.Shard(number, of: count))
    }
    let together = parts.flatMap(\.batches).sorted { $0.number < $1.number }
    #expect(together.map(\.number) == whole.batches.map(\.number))
    #expect(together.map(\.examples) == whole.batches.map(\.examples))
    #expect(together.map(\.name) == whole.batches.map(\.name))
    #expect(parts.allSatisfy { $0.batches.count >= whole.batches.count / count })
  }

  @Test("takes at most the given number of batches, and divides these into shards")
  func limits() throws {
    #expect(BatchPlan(exampleCount: 100, batchSize: 10, limit: 3).batches.map(\.number) == [0, 1, 2])
    #expect(BatchPlan(exampleCount: 100, batchSize: 10, limit: 30).batches.count == 10)
    let half = BatchPlan(exampleCount: 100, batchSize: 10, limit: 3, shard: BatchPlan.Shard(2, of: 2))
    #expect(half.batches.map(\.number) == [1])
    // The remainder lies beyond the limit.
    #expect(BatchPlan(exampleCount: 21, batchSize: 10, limit: 2).batches.allSatisfy { !$0.isRemainder })
  }

  @Test("accepts only the numbers of existing shards", arguments: [(0, 2), (3, 2), (1, 0), (-1, 2)])
  func noShard(_ number: Int, _ count: Int) { #expect(BatchPlan.Shard(number, of: count) == nil) }
}
