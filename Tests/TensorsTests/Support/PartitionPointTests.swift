import Tensors
import Testing

@Suite("The partition point")
struct PartitionPointTests {
  @Test("is where the predicate first fails, for every small array and every bound", arguments: 0..<9)
  func everyBound(count: Int) {
    let elements = (0..<count).map { 2 * $0 }
    for bound in -1...2 * count {
      let expected = elements.firstIndex { $0 >= bound } ?? count
      #expect(elements.partitionPoint { $0 < bound } == expected)
      let tail = elements[(count / 2)...]
      #expect(tail.partitionPoint { $0 < bound } == max(expected, count / 2))
    }
  }
}
