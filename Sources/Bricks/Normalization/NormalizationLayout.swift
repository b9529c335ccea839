/// The relation between the axes of a normalization's statistics and the axes of its input.
struct NormalizationLayout {
  /// The extents of the statistics for one example, with 1 on broadcastable axes.
  let statisticShape: [Int]
  /// For each axis of an example, whether to average over it.
  let broadcastable: [Bool]
  /// The number of axes before the axes of an example: one for a batch, two for a sequence.
  let leadingAxisCount: Int

  /// The axes of the input to average over: all axes before the axes of an example, and the broadcastable axes.
  var averagedAxes: [Int] {
    Array(0..<leadingAxisCount) + broadcastable.indices.filter { broadcastable[$0] }.map { $0 + leadingAxisCount }
  }

  /// The names of the per-example axes.
  var axisNames: [Name] { TensorDescription.exampleAxes(statisticShape.count) }

  /// The value with leading axes of extent 1, so that it broadcasts to the input.
  func expanded(_ value: Variable) throws(GraphError) -> Variable {
    var value = value
    for _ in 0..<leadingAxisCount { value = try value.expandingDimensions(at: 0) }
    return value
  }
}

extension BatchNormalization {
  /// The layout for an input.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` if the input's rank or extents, the number of broadcastable flags,
  ///   ε or the number of time steps do not fit.
  func layout(of input: Variable, _ span: NormalizationSpan) throws(BrickError) -> NormalizationLayout {
    let leading = span.leadingAxes
    let extents = input.shape.dropFirst(leading.count).map(\.fixed)
    guard input.rank > leading.count else {
      throw BrickError(
        .invalidConfiguration,
        "needs an input (\(leading.joined(separator: ", ")), …) with at least \(leading.count + 1) axes, got \(input.type)"
      )
    }
    if let timeSteps, span != .batch {
      throw BrickError(
        .invalidConfiguration,
        "has statistics for each of \(timeSteps) time steps, so it cannot normalize a whole sequence with one set of statistics; leave timeSteps "
          + "out, or apply it step by step")
    }
    if let inputDimensions {
      let shown = inputDimensions.map { $0.map(String.init) ?? "?" }.joined(separator: "×")
      guard inputDimensions.count == extents.count,
        zip(inputDimensions, extents).allSatisfy({ $0 == nil || $1 == nil || $0 == $1 })
      else {
        throw BrickError(
          .invalidConfiguration,
          "takes inputs of shape \(leading.joined(separator: "×"))×\(shown), got \(input.type)")
      }
    }
    let flags = broadcastable ?? [Bool](repeating: false, count: extents.count)
    guard flags.count == extents.count else {
      throw BrickError(
        .invalidConfiguration, "has \(flags.count) broadcastable flags for \(extents.count) per-example axes")
    }
    var shape: [Int] = []
    for (axis, flag) in flags.enumerated() {
      guard let extent = flag ? 1 : extents[axis] ?? inputDimensions?[axis] else {
        throw BrickError(.invalidConfiguration, "needs a known extent on axis \(axis + leading.count) of \(input.type)")
      }
      shape.append(extent)
    }
    guard Normalization.isValid(epsilon: epsilon) else {
      throw BrickError(.invalidConfiguration, "has the epsilon \(epsilon); it must be finite and at least 0")
    }
    guard timeSteps.map({ $0 > 0 }) ?? true else {
      throw BrickError(.invalidConfiguration, "has statistics for \(timeSteps ?? 0) time steps; it needs at least one")
    }
    return NormalizationLayout(statisticShape: shape, broadcastable: flags, leadingAxisCount: leading.count)
  }

  /// The last two extents of one example. They can be set before the channels are known. Setting them keeps the extents before
  /// them, at least the extent of the channels.
  public var imageSize: [Int?] {
    get { Array((inputDimensions ?? []).suffix(2)) }
    set {
      let leading = inputDimensions.map { $0.count > 2 ? Array($0.dropLast(2)) : Array($0.prefix(1)) } ?? [nil]
      inputDimensions = leading + newValue
    }
  }

  /// The first extent of one example. It can be set before the image's size is known.
  public var channelCount: Int? {
    get { inputDimensions?.first ?? nil }
    set { inputDimensions = [newValue] + (inputDimensions.map { Array($0.dropFirst()) } ?? [nil, nil]) }
  }
}
