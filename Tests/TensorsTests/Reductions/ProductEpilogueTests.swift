import CKernels
import Testing

/// A matrix product whose kernel applies operations to each tile, against the same operations in separate passes.
@Suite("A matrix product with an epilogue")
struct ProductEpilogueTests {
  private static func numbers(_ count: Int, seed: Int) -> [Float] {
    (0..<count).map { Float(($0 * 7919 + seed * 104_729) % 2003) / 1001.5 - 1 }
  }

  @Test(
    "gives the bits of separate passes", arguments: [1, 2, 7, 48, 49, 100], [1, 15, 16, 33, 64])
  func bits(rows: Int, columns: Int) {
    let (inner, gap) = (300, 3)
    let left = Self.numbers(rows * inner, seed: 1)
    var packed = [Float](repeating: 0, count: ck_packed_count(inner, columns))
    ck_pack(Self.numbers(inner * columns, seed: 2), inner, columns, &packed)
    let coefficients = Self.numbers(3 * columns, seed: 3)
    let addends = Self.numbers(rows * (columns + gap), seed: 4)
    let activations = [
      (ck_activation_none, nil), (ck_activation_rectify, ck_rectify), (ck_activation_logistic, ck_logistic),
      (ck_activation_hyperbolic_tangent, ck_hyperbolic_tangent),
    ]
    var products = [Float](repeating: 0, count: rows * columns)
    ck_multiply(left, inner, packed, rows, inner, columns, &products, columns, nil)
    for (activation, function) in activations {
      var expected = products
      for row in 0..<rows {
        var line = Array(products[row * columns..<(row + 1) * columns])
        coefficients.withUnsafeBufferPointer { c in
          guard let c = c.baseAddress else { return }
          ck_normalize(line, c, 1, c + columns, 1, c + 2 * columns, 1, &line, columns)
        }
        ck_binary(ck_add, line, 1, Array(addends[(row * (columns + gap))...]), 1, &line, columns)
        if let function { ck_unary(function, line, &line, columns) }
        expected.replaceSubrange(row * columns..<(row + 1) * columns, with: line)
      }
      var result = [Float](repeating: .nan, count: rows * columns)
      coefficients.withUnsafeBufferPointer { c in
        addends.withUnsafeBufferPointer { addends in
          guard let c = c.baseAddress else { return }
          var epilogue = ck_epilogue()
          (epilogue.center, epilogue.center_stride) = (c, 1)
          (epilogue.scale, epilogue.scale_stride) = (c + columns, 1)
          (epilogue.shift, epilogue.shift_stride) = (c + 2 * columns, 1)
          (epilogue.addend, epilogue.addend_stride) = (addends.baseAddress, columns + gap)
          epilogue.activation = activation
          ck_multiply(left, inner, packed, rows, inner, columns, &result, columns, &epilogue)
        }
      }
      #expect(result == expected, "activation \(activation.rawValue)")
    }
  }
}
