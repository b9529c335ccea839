import Testing

/// Expects two series of numbers to have the same length, and each number to be close to the expected number:
/// |number − expected| ≤ max(absolute, relative · |expected|). A NaN is close to nothing, and an infinity only to itself.
///
/// - Parameters:
///   - absolute: The greatest difference of any two numbers.
///   - relative: The greatest difference as a share of the expected number.
///   - subject: The name of the numbers, for the message.
public func expectClose<Numbers: Collection, Expected: Collection>(
  _ numbers: Numbers, _ expected: Expected, absolute: Double = 0, relative: Double = 0, _ subject: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) where Numbers.Element: BinaryFloatingPoint, Expected.Element: BinaryFloatingPoint {
  guard numbers.count == expected.count else {
    Issue.record("\(subject) has \(numbers.count) numbers, not \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  let pairs = zip(numbers, expected).map { (Double($0), Double($1)) }
  let distant = pairs.indices.filter { index in
    let (number, wanted) = pairs[index]
    return !(number == wanted || abs(number - wanted) <= max(absolute, relative * abs(wanted)))
  }
  guard let first = distant.first else { return }
  Issue.record(
    "\(subject) differs in \(distant.count) of \(pairs.count) numbers, first at \(first): \(pairs[first].0), not \(pairs[first].1)",
    sourceLocation: sourceLocation)
}
