import Messages
import Platform

/// Formats numbers for the texts of figures.
enum Axis {
  /// Returns a number as text with three significant digits; `none` if the number is not finite.
  static func short(_ number: Double) -> String {
    guard number.isFinite, number != 0 else { return number == 0 ? "0" : "none" }
    var power = Int(floor(log10(abs(number))))
    // Rounding may reach the next power of ten: 0.009999 becomes 0.0100.
    if (abs(number) / pow(10, Double(power - 2))).rounded() >= 1000 { power += 1 }
    guard (-4..<6).contains(power) else {
      return "\(decimal(number / pow(10, Double(power)), 2))e\(power)"
    }
    return decimal(number, max(0, 2 - power))
  }
}
