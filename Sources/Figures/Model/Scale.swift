import Messages
import Platform

/// A scale of an axis: a range of numbers, with ticks at round numbers.
public struct Scale: Hashable, Sendable {
  /// The mapping of numbers to positions.
  public enum Kind: String, Hashable, Sendable {
    /// Equal differences have equal distances.
    case linear
    /// Equal ratios have equal distances.
    case logarithmic
    /// Whole numbers, such as time steps.
    case integer
  }

  /// The kind.
  public let kind: Kind
  /// The least number.
  public let low: Double
  /// The greatest number, always above `low`.
  public let high: Double
  /// Whether the greatest number is at the beginning.
  private let isReversed: Bool

  /// Creates a scale from `low` to `high`. If they are equal, the scale is a small range around them.
  public init(_ kind: Kind, _ low: Double, _ high: Double) { self.init(kind, low, high, isReversed: false) }

  /// Creates a scale from `first` at the beginning to `second` at the end. If it is reversed, `first` is the greater number.
  init(_ kind: Kind, _ first: Double, _ second: Double, isReversed: Bool) {
    let (low, high) = isReversed ? (second, first) : (first, second)
    self.kind = kind
    self.isReversed = isReversed
    guard low < high else {
      let margin = kind == .integer ? 0.5 : low == 0 ? 1 : max(abs(low) * 0.1, .leastNormalMagnitude)
      self.low = Scale.finite(kind == .logarithmic ? low / 1.5 : low - margin)
      self.high = Scale.finite(kind == .logarithmic ? low * 1.5 : low + margin)
      return
    }
    (self.low, self.high) = (Scale.finite(low), Scale.finite(high))
  }

  /// Creates a scale for values, with a small margin. It is logarithmic if all values are above 0 and the greatest is at least `ratio`
  /// times the least.
  ///
  /// - Parameter includesZero: Whether a linear scale shows 0.
  public init(for values: some Sequence<Double>, ratio: Double = .infinity, includesZero: Bool = false) {
    var (low, high) = (Double.infinity, -Double.infinity)
    for value in values where value.isFinite { (low, high) = (min(low, value), max(high, value)) }
    guard low <= high else {
      self.init(.linear, 0, 1)
      return
    }
    if low > 0, high / low >= ratio {
      let margin = pow(Scale.finite(high / low), 0.04)
      self.init(.logarithmic, max(low / margin, .leastNonzeroMagnitude), high * margin)
      return
    }
    if includesZero { (low, high) = (min(low, 0), max(high, 0)) }
    let margin = Scale.finite(high - low) * 0.04
    self.init(.linear, low == 0 ? 0 : low - margin, high == 0 ? 0 : high + margin)
  }

  /// The number, or the finite number nearest to it. Values from files can be so great that a margin beside them is infinite.
  private static func finite(_ number: Double) -> Double {
    min(max(number, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
  }

  /// The position of a number: 0 at the beginning, 1 at the end.
  public func place(_ number: Double) -> Double {
    let place: Double =
      switch kind {
      // Halving the numbers avoids an overflow for a range near the greatest double.
      case .linear, .integer:
        (high - low).isFinite ? (number - low) / (high - low) : (number / 2 - low / 2) / (high / 2 - low / 2)
      case .logarithmic where number > 0:
        (high / low).isFinite
          ? log(number / low) / log(high / low) : (log(number) - log(low)) / (log(high) - log(low))
      case .logarithmic: -.infinity
      }
    return isReversed ? 1 - place : place
  }

  /// Ticks at round numbers, with their labels.
  ///
  /// - Parameter count: The number of ticks for which there is room.
  public func ticks(_ count: Int) -> [(number: Double, label: String)] {
    kind == .logarithmic ? logarithmicTicks(count) : linearTicks(count)
  }

  /// Returns as many ticks at round numbers as fit into a width without labels that touch.
  func ticks(fitting width: Double) -> [(number: Double, label: String)] {
    var count = max(Int(width / 48), 1)
    while count > 1 {
      let ticks = ticks(count)
      let places = ticks.map { place($0.number) * width }
      let isLoose = ticks.indices.dropFirst().allSatisfy { index in
        let room = (Frame.width(of: ticks[index].label) + Frame.width(of: ticks[index - 1].label)) / 2 + 6
        return abs(places[index] - places[index - 1]) >= room
      }
      if isLoose { return ticks }
      count -= 1
    }
    return ticks(count)
  }

  private func linearTicks(_ count: Int) -> [(number: Double, label: String)] {
    let rough = (high - low) / Double(max(count, 1))
    guard rough.isFinite, rough > 0 else { return [] }
    let power = floor(log10(rough))
    let unit = pow(10, power)
    var (factor, exponent) = (rough / unit, Int(power))
    // Choose the round number with the nearest logarithm. The limits are about √2, √10 and √50.
    factor = factor < 1.42 ? 1 : factor < 3.17 ? 2 : factor < 7.08 ? 5 : 10
    if factor == 10 { (factor, exponent) = (1, exponent + 1) }
    if kind == .integer, exponent < 0 { (factor, exponent) = (1, 0) }
    let step = factor * pow(10, Double(exponent))
    let first = (low / step - 1e-9).rounded(.up)
    let last = (high / step + 1e-9).rounded(.down)
    guard first <= last, last - first < 1000 else { return [] }
    let greatest = max(abs(low), abs(high))
    return stride(from: first, through: last, by: 1).map { index in
      let number = index * step
      return (number, Scale.label(number, exponent: exponent, greatest: greatest))
    }
  }

  private func logarithmicTicks(_ count: Int) -> [(number: Double, label: String)] {
    let (first, last) = (Int(floor(log10(low))), Int(floor(log10(high))))
    func candidates(_ factors: [Double], every step: Int = 1) -> [(number: Double, label: String)] {
      (first...last).filter { $0 % step == 0 }.flatMap { power in
        factors.map { factor in
          (factor * pow(10, Double(power)), Scale.powerLabel(factor, power))
        }
      }.filter { $0.0 >= low * 0.9999 && $0.0 <= high * 1.0001 }
    }
    for factors in [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1, 3], [1]] as [[Double]] {
      let ticks = candidates(factors)
      if ticks.count <= count, ticks.count >= 2 { return ticks }
    }
    let decades = candidates([1], every: max(1, (last - first) / max(count, 1) + 1))
    return decades.count >= 2 ? decades : linearTicks(count)
  }

  /// Returns the text of a round number, without needless digits.
  private static func label(_ number: Double, exponent: Int, greatest: Double) -> String {
    if number == 0 { return "0" }
    if greatest >= 100_000 || greatest < 0.001 {
      let power = Int(floor(log10(greatest)))
      let decimals = max(0, power - exponent)
      return "\(minus(decimal(number / pow(10, Double(power)), decimals)))e\(power)"
    }
    return minus(decimal(number, max(0, -exponent)))
  }

  private static func powerLabel(_ factor: Double, _ power: Int) -> String {
    guard (-4..<5).contains(power) else { return "\(Int(factor))e\(power)" }
    return decimal(factor * pow(10, Double(power)), max(0, -power))
  }

  private static func minus(_ text: String) -> String { text.hasPrefix("-") ? "−" + text.dropFirst() : text }
}
