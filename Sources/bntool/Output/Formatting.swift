import Messages

/// Formats numbers and shapes for people. Numbers that a person chose are written in full. Measured numbers have three
/// significant digits.
enum Formatting {
  /// A number with three significant digits. From 100 to a million, the text is a whole number. From 1e-4 to a million, it has
  /// no exponent.
  static func short(_ number: Double) -> String {
    guard number.isFinite, number != 0 else { return number == 0 ? "0" : "\(number)" }
    let sign = number < 0 ? "-" : ""
    var significand = abs(number)
    var exponent = 0
    while significand >= 10 { (significand, exponent) = (significand / 10, exponent + 1) }
    while significand < 1 { (significand, exponent) = (significand * 10, exponent - 1) }
    // Rounding may reach the next power of ten: 9.996 becomes 10.0.
    var digits = Int((significand * 100).rounded())
    if digits == 1000 { (digits, exponent) = (100, exponent + 1) }
    switch exponent {
    case 2..<6: return sign + grouped(Int(abs(number).rounded()))
    case -4..<2: return decimal(number, 2 - exponent)
    default:
      let power = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
      return "\(sign)\(decimal(Double(digits) / 100, 2))e\(exponent < 0 ? "-" : "+")\(power)"
    }
  }

  /// A fraction as a percentage, such as `98.6 %` for 0.986.
  static func percent(_ share: Double) -> String { "\(decimal(100 * share, 1)) %" }

  /// A number in full: the shortest decimal that reads back as the same number, as in JSON (`0.0001`, `1e-05`, `10`).
  static func exact(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// A number of bytes, such as `212 KB`.
  static func byteCount(_ count: Int) -> String {
    let units = ["bytes", "KB", "MB", "GB", "TB"]
    var value = Double(count)
    var unit = 0
    while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return unit == 0 ? counted(count, "byte") : "\(value < 10 ? decimal(value, 1) : decimal(value, 0)) \(units[unit])"
  }

  /// A duration, such as `0.0123 s` or `2 min 5 s`.
  static func seconds(_ seconds: Double) -> String {
    guard seconds >= 60 else { return "\(short(seconds)) s" }
    let (minutes, rest) = Int(seconds).quotientAndRemainder(dividingBy: 60)
    return "\(grouped(minutes)) min \(rest) s"
  }

  /// The number of elements of a shape, at most `Int.max`.
  static func elementCount(_ dimensions: [Int]) -> Int {
    guard !dimensions.contains(0) else { return 0 }
    return dimensions.reduce(1) { product, extent in
      let (result, overflow) = product.multipliedReportingOverflow(by: extent)
      return overflow ? .max : result
    }
  }

  /// The number of elements of several shapes together, at most `Int.max`.
  static func elementCount(ofShapes shapes: some Sequence<[Int]>) -> Int {
    shapes.reduce(0) { sum, shape in
      let (result, overflow) = sum.addingReportingOverflow(elementCount(shape))
      return overflow ? .max : result
    }
  }

  /// The extents of a shape, such as `64×128`.
  static func shape(_ dimensions: [Int]) -> String {
    dimensions.isEmpty ? "scalar" : dimensions.map(String.init).joined(separator: "×")
  }

  /// A channel and its time step, if there are time steps.
  static func place(channel: Int, step: Int?) -> String {
    "channel \(channel)" + (step.map { " at step \($0)" } ?? "")
  }

  /// The numbers of observations in words. There is one number for each time step, or a single number. Steps with equal numbers
  /// form a group. If there are more than two groups, only the least and the greatest number are shown.
  static func observations(_ counts: [Int64]) -> String {
    var runs: [(count: Int64, steps: ClosedRange<Int>)] = []
    for (step, count) in counts.enumerated() {
      if let last = runs.last, last.count == count {
        runs[runs.count - 1].steps = last.steps.lowerBound...step
      } else {
        runs.append((count, step...step))
      }
    }
    func steps(_ run: ClosedRange<Int>) -> String {
      run.count == 1 ? "step \(run.lowerBound)" : "steps \(run.lowerBound)–\(run.upperBound)"
    }
    switch runs.count {
    case 0, 1: return counted(counts.first ?? 0, "observation") + (counts.count > 1 ? " per step" : "")
    case 2:
      return "\(counted(runs[0].count, "observation")) at \(steps(runs[0].steps)), "
        + "\(grouped(runs[1].count)) at \(steps(runs[1].steps))"
    default:
      return "\(grouped(counts.min() ?? 0)) to \(counted(counts.max() ?? 0, "observation")) per step"
    }
  }
}
