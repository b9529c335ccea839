import Bricks

/// Numbers and shapes as people read them.
enum Formatting {
  /// `27,402`.
  static func grouped(_ number: some BinaryInteger) -> String {
    var digits = String(number.magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits = String(digits.dropLast(3))
    }
    return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }

  /// `1 tensor`, `2 tensors`.
  static func counted(_ number: some BinaryInteger, _ noun: String, plural: String? = nil) -> String {
    "\(grouped(number)) \(number == 1 ? noun : plural ?? noun + "s")"
  }

  /// Three significant digits or two decimals, without exponents where they can be avoided.
  static func short(_ number: Double) -> String {
    guard number.isFinite, number != 0 else { return "\(number)" }
    let magnitude = abs(number)
    if magnitude >= 1e6 || magnitude < 1e-4 {
      // 1.23e-05: rounded to three digits in decimal.
      var exponent = 0
      var significand = magnitude
      while significand >= 10 { (significand, exponent) = (significand / 10, exponent + 1) }
      while significand < 1 { (significand, exponent) = (significand * 10, exponent - 1) }
      let rounded = (significand * 100).rounded() / 100
      return "\(number < 0 ? "-" : "")\(fixed(rounded, 2))e\(exponent)"
    }
    return fixed(number, magnitude >= 100 ? 1 : magnitude >= 1 ? 2 : 4)
  }

  /// A number with a fixed count of decimals.
  static func fixed(_ number: Double, _ decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let units = (abs(number) * scale).rounded()
    let whole = (units / scale).rounded(.down)
    let fraction = String(Int(units - whole * scale))
    let sign = number < 0 && units > 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(Int(whole))" }
    return "\(sign)\(Int(whole)).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)"
  }

  /// ε as people write it: the shortest decimal.
  static func epsilon(_ number: Double) -> String {
    for exponent in 1...12 where number == Double("1e-\(exponent)") { return "1e-\(exponent)" }
    return "\(number)"
  }

  /// `212 KB`.
  static func byteCount(_ count: Int) -> String {
    let units = ["bytes", "KB", "MB", "GB", "TB"]
    var value = Double(count)
    var unit = 0
    while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return unit == 0 ? "\(count) bytes" : "\(value < 10 ? fixed(value, 1) : fixed(value, 0)) \(units[unit])"
  }

  /// `64×128`.
  static func shape(_ dimensions: [Int]) -> String {
    dimensions.isEmpty ? "scalar" : dimensions.map(String.init).joined(separator: "×")
  }
}
