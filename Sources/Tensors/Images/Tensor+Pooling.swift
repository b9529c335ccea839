extension Tensor {
  /// The maximum or the mean of each window of images (N, C, H, W).
  ///
  /// A mean divides by the number of image elements in the window. With `includesPadding`, the zeros of the padding also count.
  /// Positions beyond the padding never count. If a window has a NaN, the result is NaN. Sums go row by row.
  ///
  /// - Throws: The errors of `Pooling.resultDimensions(image:)`; `TensorError` with code `.typeMismatch` for integers.
  /// - Complexity: O(result elements · window elements)
  public func pooled(_ pooling: Pooling) throws(TensorError) -> Tensor {
    let result = try Shape(checking: pooling.resultDimensions(image: shape.dimensions))
    try result.checkFitsMemory(as: type)
    switch storage {
    case .float32(let elements): return try Tensor(pooling.pooled(elements, shape, to: result), shape: result)
    case .float64(let elements): return try Tensor(pooling.pooled(elements, shape, to: result), shape: result)
    case .int64: throw TensorError(.typeMismatch, "pooling needs floating-point images, got int64 \(shape)")
    }
  }
}

extension Pooling {
  /// The part of one axis that a window covers.
  private struct Span {
    /// The positions in the image.
    let inside: Range<Int>
    /// The number of positions by which an average divides.
    let count: Int
  }

  private func spans(
    _ count: Int, along extent: Int, window: Int, stride: Int, padding: Int
  ) -> LazyMapSequence<Range<Int>, Span> {
    // The sequence is lazy, because the extents of a result without examples can be huge.
    (0..<count).lazy.map { index in
      let start = index * stride - padding
      // The end of a very large window may not be representable.
      let end = extent + padding - start > window ? start + window : extent + padding
      let inside = max(start, 0)..<min(end, extent)
      return Span(inside: inside, count: includesPadding ? end - start : inside.count)
    }
  }

  fileprivate func pooled<Element: FloatingElement>(_ elements: [Element], _ shape: Shape, to result: Shape)
    -> [Element]
  {
    let (height, width) = (shape[2], shape[3])
    let rows = spans(result[2], along: height, window: window.height, stride: stride.height, padding: padding.height)
    let columns = spans(result[3], along: width, window: window.width, stride: stride.width, padding: padding.width)
    var results: [Element] = []
    results.reserveCapacity(result.elementCount)
    elements.withUnsafeBufferPointer { elements in
      for plane in 0..<shape[0] * shape[1] {
        for row in rows {
          for column in columns {
            let positions = row.inside.lazy.map { plane * height * width + $0 * width }
            switch summary {
            case .maximum:
              var largest = -Element.infinity
              for line in positions {
                for x in column.inside {
                  let value = elements[line + x]
                  // Every comparison with NaN is false. So the second condition accepts a new NaN, and the first condition keeps an
                  // earlier NaN.
                  if value > largest || value.isNaN { largest = value }
                  if largest.isNaN { break }
                }
                if largest.isNaN { break }
              }
              results.append(largest)
            case .average:
              var sum: Element = 0
              for line in positions {
                for x in column.inside { sum += elements[line + x] }
              }
              results.append(sum / Element(row.count * column.count))
            }
          }
        }
      }
    }
    return results
  }
}
