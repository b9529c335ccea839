import Testing

/// Expects a closure to throw an error of a type that matches a condition and whose description contains every text.
///
/// Test targets wrap this function for the error type of their module, so that a test names the error's code alone.
///
/// - Returns: The error, or nil after recording an issue because the closure threw no error of the type.
public func expectError<Failure: Error, Result>(
  _ type: Failure.Type, mentioning texts: [String], sourceLocation: SourceLocation, _ body: () throws -> Result,
  where matches: (Failure) -> Bool
) -> Failure? {
  do {
    let result = try body()
    Issue.record("no error, but \(result)", sourceLocation: sourceLocation)
  } catch let error as Failure {
    #expect(matches(error), "unexpected code of: \(error)", sourceLocation: sourceLocation)
    for text in texts {
      #expect("\(error)".contains(text), "\(error) does not mention \(text)", sourceLocation: sourceLocation)
    }
    return error
  } catch {
    Issue.record("unexpected error \(error)", sourceLocation: sourceLocation)
  }
  return nil
}
