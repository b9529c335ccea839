import ComputationGraphs
import Names

/// An extent or another integer during an import: a number, or a number times symbolic extents, such as 49·batch.
struct Dimension: Hashable {
  /// The number.
  let coefficient: Int
  /// The symbolic extents, in order of their names. A squared extent is listed twice.
  let symbols: [Name]

  /// A number.
  init(_ number: Int) { self.init(number, []) }

  private init(_ coefficient: Int, _ symbols: [Name]) {
    self.coefficient = coefficient
    self.symbols = coefficient == 0 ? [] : symbols
  }

  /// An extent of a variable.
  init(_ extent: Extent) {
    switch extent {
    case .fixed(let number): self.init(number, [])
    case .symbolic(let name): self.init(1, [name])
    }
  }

  /// The number; nil if there are symbolic extents.
  var fixed: Int? { symbols.isEmpty ? coefficient : nil }

  /// The extent of a variable; nil if no variable can have this extent, such as 49·batch or a negative number.
  var extent: Extent? {
    if symbols.isEmpty { return coefficient >= 0 ? .fixed(coefficient) : nil }
    return symbols.count == 1 && coefficient == 1 ? .symbolic(symbols[0]) : nil
  }

  /// The sum; nil if it is not a number times extents, or is too large.
  func adding(_ other: Dimension) -> Dimension? {
    if other.coefficient == 0 { return self }
    if coefficient == 0 { return other }
    let (sum, overflow) = coefficient.addingReportingOverflow(other.coefficient)
    return symbols == other.symbols && !overflow ? Dimension(sum, symbols) : nil
  }

  /// The product; nil if it is too large.
  func multiplied(by other: Dimension) -> Dimension? {
    let (product, overflow) = coefficient.multipliedReportingOverflow(by: other.coefficient)
    return overflow ? nil : Dimension(product, (symbols + other.symbols).sorted())
  }

  /// The exact quotient; nil if the division is not exact. Two numbers are divided as integers, toward zero.
  func divided(by other: Dimension) -> Dimension? {
    guard other.coefficient != 0, !(coefficient == .min && other.coefficient == -1) else { return nil }
    var rest = symbols
    for symbol in other.symbols {
      guard let index = rest.firstIndex(of: symbol) else { return nil }
      rest.remove(at: index)
    }
    guard rest.isEmpty && symbols.isEmpty || coefficient % other.coefficient == 0 else { return nil }
    return Dimension(coefficient / other.coefficient, rest)
  }

  /// The product of several factors; nil if it is too large.
  static func product(_ factors: some Sequence<Dimension>) -> Dimension? {
    factors.reduce(Dimension(1)) { product, factor in product?.multiplied(by: factor) }
  }
}

extension Dimension: CustomStringConvertible {
  /// The product as text, such as `49·batch`.
  var description: String {
    let factors = symbols.map(\.text)
    return (coefficient == 1 && !factors.isEmpty ? factors : ["\(coefficient)"] + factors).joined(separator: "·")
  }
}
