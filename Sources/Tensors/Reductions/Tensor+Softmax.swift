extension Tensor {
  /// The softmax along the last axis: pᵢ = e^(xᵢ − m) / Σⱼ e^(xⱼ − m), where m is the largest xⱼ, so that nothing overflows.
  ///
  /// Exponentials are computed in the tensor's type and summed in double precision. A row of only -∞, or a row with +∞ or NaN,
  /// has no softmax, and all of its results are NaN. In other rows, -∞ has the probability 0.
  ///
  /// - Throws: `TensorError` with code `.typeMismatch` for integers, or `.shapeMismatch` for a scalar.
  public func softmax() throws(TensorError) -> Tensor {
    switch storage {
    case .float32(let elements): try Tensor(Self.softmax(elements, rowLength: rowLength("softmax")), shape: shape)
    case .float64(let elements): try Tensor(Self.softmax(elements, rowLength: rowLength("softmax")), shape: shape)
    case .int64:
      throw TensorError(
        .typeMismatch, "softmax of an int64 tensor of shape \(shape) is not possible: convert it to a float type")
    }
  }

  /// The logarithm of the softmax along the last axis: xᵢ − m − ln Σⱼ e^(xⱼ − m). It is accurate even if the softmax itself would
  /// round to 0 or 1.
  ///
  /// In rows without a softmax, all results are NaN, as in `softmax()`.
  ///
  /// - Throws: `TensorError` with code `.typeMismatch` for integers, or `.shapeMismatch` for a scalar.
  public func logarithmicSoftmax() throws(TensorError) -> Tensor {
    switch storage {
    case .float32(let elements):
      try Tensor(Self.logarithmicSoftmax(elements, rowLength: rowLength("log-softmax")), shape: shape)
    case .float64(let elements):
      try Tensor(Self.logarithmicSoftmax(elements, rowLength: rowLength("log-softmax")), shape: shape)
    case .int64:
      throw TensorError(
        .typeMismatch, "log-softmax of an int64 tensor of shape \(shape) is not possible: convert it to a float type")
    }
  }

  private func rowLength(_ operation: String) throws(TensorError) -> Int {
    guard let length = shape.dimensions.last else {
      throw TensorError(.shapeMismatch, "\(operation) of a scalar is not possible: it needs an axis of classes")
    }
    return length
  }

  private static func softmax<Element: FloatingElement>(_ elements: [Element], rowLength: Int) -> [Element] {
    var result = elements
    result.withUnsafeMutableBufferPointer { result in
      forEachRow(of: result, rowLength: rowLength) { row, largest in
        var sum = 0.0
        for index in row {
          let term = Element.exponential(result[index] - largest)
          result[index] = term
          sum += Double(term)
        }
        for index in row { result[index] = Element(Double(result[index]) / sum) }
      }
    }
    return result
  }

  private static func logarithmicSoftmax<Element: FloatingElement>(
    _ elements: [Element], rowLength: Int
  ) -> [Element] {
    var result = elements
    result.withUnsafeMutableBufferPointer { result in
      forEachRow(of: result, rowLength: rowLength) { row, largest in
        var sum = 0.0
        for index in row { sum += Double(Element.exponential(result[index] - largest)) }
        let logarithm = Double.logarithm(sum)
        for index in row { result[index] = Element(Double(result[index]) - Double(largest) - logarithm) }
      }
    }
    return result
  }

  @inline(__always)
  private static func forEachRow<Element: FloatingElement>(
    of elements: UnsafeMutableBufferPointer<Element>, rowLength: Int, _ body: (Range<Int>, Element) -> Void
  ) {
    guard !elements.isEmpty else { return }
    for start in stride(from: 0, to: elements.count, by: rowLength) {
      let row = start..<(start + rowLength)
      var largest = elements[start]
      for index in row { largest = Element.maximumOrNaN(largest, elements[index]) }
      body(row, largest)
    }
  }
}
