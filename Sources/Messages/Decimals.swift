/// A number with a fixed number of decimals, such as `-1.50`. A number that is not finite, or that has more digits than a double, is
/// written in full.
package func decimal(_ number: Double, _ decimals: Int) -> String {
  let scale = (0..<decimals).reduce(1.0) { power, _ in power * 10 }
  let scaled = (abs(number) * scale).rounded()
  // Below this bound, a double can hold every integer.
  guard scaled < 0x1p53, scale < 0x1p53 else { return "\(number)" }
  let (whole, fraction) = Int(scaled).quotientAndRemainder(dividingBy: Int(scale))
  let sign = number < 0 && scaled > 0 ? "-" : ""
  guard decimals > 0 else { return "\(sign)\(whole)" }
  let digits = String(fraction)
  return "\(sign)\(whole).\(String(repeating: "0", count: decimals - digits.count))\(digits)"
}
