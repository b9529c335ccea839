import Tensors
import Testing

@Suite("Shape")
struct ShapeTests {
  @Test("counts elements and strides in row-major order")
  func strides() {
    let shape: Shape = [2, 3, 4]
    #expect(shape.elementCount == 24)
    #expect(shape.strides == [12, 4, 1])
    #expect(shape.description == "2×3×4")
    #expect(Shape([]).elementCount == 1)
    #expect(Shape([]).description == "scalar")
  }

  @Test(
    "refuses extents that no array can have",
    arguments: [[-1], [2, -3], [.max, 2], [1 << 32, 1 << 32], [0, .max, .max]])
  func refused(dimensions: [Int]) {
    #expect(throws: TensorError.self) { try Shape(checking: dimensions) }
  }

  @Test("has no elements if an extent is 0")
  func empty() throws {
    #expect(try Shape(checking: [.max, 0]).elementCount == 0)
    #expect(Shape([3, 0, 2]).strides == [2, 2, 1])
  }

  @Test("broadcasts as NumPy does")
  func broadcast() throws {
    #expect(try Shape([2, 1, 3]).broadcast(with: [4, 1]) == [2, 4, 3])
    #expect(try Shape([]).broadcast(with: []) == [])
    #expect(try Shape([]).broadcast(with: [5]) == [5])
    #expect(try Shape([1]).broadcast(with: [0]) == [0])
    #expect(throws: TensorError.self) { try Shape([2]).broadcast(with: [0]) }
    #expect(throws: TensorError.self) { try Shape([2, 3]).broadcast(with: [2]) }
    #expect(throws: TensorError.self) { try Shape([1 << 40, 1]).broadcast(with: [1 << 40]) }
  }
}
