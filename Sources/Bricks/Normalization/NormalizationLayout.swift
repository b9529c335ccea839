/// How a normalization's statistics lie beside its input.
struct NormalizationLayout {
  /// Per-example extents, 1 on broadcastable axes.
  let statisticShape: [Int]
  /// Per-example axes that are averaged over.
  let broadcastable: [Bool]
  /// The input's averaged axes: the batch and the broadcastable ones.
  let averagedAxes: [Int]

  /// The names of the per-example axes.
  var axisNames: [String] { TensorDescription.exampleAxes(statisticShape.count) }
}

extension BatchNormalization {
  /// The layout for an input.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` where the input's rank or extents, the number of broadcastable flags,
  ///   ε or the number of time steps do not fit.
  func layout(of input: Variable) throws(BrickError) -> NormalizationLayout {
    let extents = input.shape.dropFirst().map(\.fixed)
    guard input.rank >= 2 else {
      throw BrickError(.invalidConfiguration, "needs an input (batch, …), got \(input.type)")
    }
    if let inputDimensions {
      let shown = inputDimensions.map { $0.map(String.init) ?? "?" }.joined(separator: "×")
      guard inputDimensions.count == extents.count,
        zip(inputDimensions, extents).allSatisfy({ $0 == nil || $1 == nil || $0 == $1 })
      else {
        throw BrickError(.invalidConfiguration, "is made for inputs batch×\(shown), got \(input.type)")
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
        throw BrickError(.invalidConfiguration, "needs a known extent on axis \(axis + 1) of \(input.type)")
      }
      shape.append(extent)
    }
    guard epsilon >= 0, epsilon.isFinite else {
      throw BrickError(.invalidConfiguration, "has the epsilon \(epsilon); it must be finite and at least 0")
    }
    guard timeSteps.map({ $0 > 0 }) ?? true else {
      throw BrickError(.invalidConfiguration, "has statistics for \(timeSteps ?? 0) time steps; it needs at least one")
    }
    return NormalizationLayout(
      statisticShape: shape, broadcastable: flags,
      averagedAxes: [0] + flags.indices.filter { flags[$0] }.map { $0 + 1 })
  }

  /// The last two extents of one example, settable before the channels are known. Setting them keeps the extents before them, and
  /// always that of the channels.
  public var imageSize: [Int?] {
    get { Array((inputDimensions ?? []).suffix(2)) }
    set {
      let leading = inputDimensions.map { $0.count > 2 ? Array($0.dropLast(2)) : Array($0.prefix(1)) } ?? [nil]
      inputDimensions = leading + newValue
    }
  }

  /// The first extent of one example, settable before the image size is known.
  public var channelCount: Int? {
    get { inputDimensions?.first ?? nil }
    set { inputDimensions = [newValue] + (inputDimensions.map { Array($0.dropFirst()) } ?? [nil, nil]) }
  }
}
