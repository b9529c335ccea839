import Messages

/// The weights of inputs: numbers of at least 0. At least one weight is above 0.
struct Weights {
  /// One weight for each input, in their order.
  let numbers: [Double]

  /// Reads the value of `--weights`, such as `1,1,0.5`.
  ///
  /// - Parameters:
  ///   - count: The number of inputs.
  ///   - noun: The kind of input, for messages.
  /// - Throws: `UsageError` unless there is one valid weight for each input.
  init(_ text: String, count: Int, noun: String) throws(UsageError) {
    let words = text.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = words.compactMap { Double($0) }.filter { $0 >= 0 && $0.isFinite }
    guard numbers.count == words.count else {
      throw UsageError(description: "--weights \(text): weights are numbers of at least 0, such as 1,1,0.5")
    }
    guard numbers.count == count else {
      throw UsageError(
        description: "--weights \(text): \(counted(numbers.count, "weight")) for \(counted(count, noun)); "
          + "give one weight for each \(noun)")
    }
    guard numbers.contains(where: { $0 > 0 }) else {
      throw UsageError(description: "--weights \(text): no weight is above 0, so there is nothing to average")
    }
    self.numbers = numbers
  }
}
