extension Int {
  /// The quotient, rounded up: the number of parts of size `divisor` that hold `self` items.
  ///
  /// Files and options may give any number, and `(self + divisor - 1) / divisor` would overflow for large ones.
  ///
  /// - Precondition: `divisor` is above 0, and `self` is not negative.
  package func dividedRoundingUp(by divisor: Int) -> Int {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return quotient + (remainder > 0 ? 1 : 0)
  }
}
