/// The limits that readers set for files. Files of real models stay below the limits; a malicious file can exceed them.
///
/// If a file exceeds a limit, the reader throws an error that names the limit. Raise the limit for the call that opens the file:
///
///     let checkpoint = try ReadingLimits(tensorCount: 1 << 24).apply { try Checkpoint(opening: "huge.h5") }
///
/// An open file keeps the limits that it was opened with, even for parts that are read later. The limits apply to the thread, or
/// the task, that calls `apply`.
public struct ReadingLimits: Hashable, Sendable {
  /// The maximum number of tensors in a file.
  public var tensorCount: Int
  /// The maximum number of bytes of all tensors of a file together, when they are read.
  public var byteCount: Int
  /// The maximum number of axes of a tensor. HDF5 itself allows 32 axes, and NumPy 64.
  public var rank: Int
  /// The maximum number of bytes in a tensor's name or path.
  public var nameByteCount: Int
  /// The maximum depth of nested objects and lists in a JSON text. Each level needs several hundred bytes of the stack.
  public var jsonDepth: Int
  /// The maximum number of bytes of a text that is read as a whole: a JSON document, a description of a model, a pickle.
  public var textByteCount: Int
  /// The maximum number of bytes that one compressed byte may expand to. Deflate expands a byte to at most 1,032 bytes.
  public var expansion: Int
  /// The maximum number of chunks of an HDF5 dataset that were never written and come before written ones. libhdf5 visits each of
  /// them, so a small file could keep it busy for minutes.
  public var unstoredChunkCount: Int

  /// The limits of the current thread or task.
  @TaskLocal public static var current = ReadingLimits()

  /// Creates limits. Every omitted argument gets the default limit of all readers.
  public init(
    tensorCount: Int = 1 << 20, byteCount: Int = 1 << 48, rank: Int = 64, nameByteCount: Int = 1 << 16,
    jsonDepth: Int = 512, textByteCount: Int = 64 << 20, expansion: Int = 1100, unstoredChunkCount: Int = 1 << 24
  ) {
    (self.tensorCount, self.byteCount, self.rank, self.nameByteCount) = (tensorCount, byteCount, rank, nameByteCount)
    (self.jsonDepth, self.textByteCount) = (jsonDepth, textByteCount)
    (self.expansion, self.unstoredChunkCount) = (expansion, unstoredChunkCount)
  }

  /// Runs a closure. Files that the closure opens are read with these limits.
  ///
  /// - Throws: The error of the closure.
  public func apply<Result: ~Copyable, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    var result: Swift.Result<Result, Failure>?
    Self.$current.withValue(self) {
      do throws(Failure) {
        result = .success(try body())
      } catch {
        result = .failure(error)
      }
    }
    return try result.take()!.get()
  }

  /// The reason why a file with the given tensors is refused; nil if the file is within the limits.
  ///
  /// A tensor whose bytes overflow an integer does not count here: the readers refuse it with a message about its shape.
  ///
  /// - Parameter tensors: The name, the extents and the number of bytes of an element of each tensor.
  package func problem(
    _ tensors: [(name: String, extents: [Int], elementByteCount: Int)]
  ) -> LimitProblem? {
    guard tensors.count <= tensorCount else {
      return LimitProblem(name: nil, "has \(tensors.count) tensors", "tensorCount", tensorCount)
    }
    var total = 0
    for (name, extents, elementByteCount) in tensors {
      guard name.utf8.count <= nameByteCount else {
        return LimitProblem(
          name: nil, "has a tensor whose name has \(name.utf8.count) bytes", "nameByteCount", nameByteCount)
      }
      guard extents.count <= rank else { return LimitProblem(name: name, "has \(extents.count) axes", "rank", rank) }
      guard let count = Self.byteCount(extents, elementByteCount) else { continue }
      let (sum, overflow) = total.addingReportingOverflow(count)
      total = overflow ? .max : sum
      guard total <= byteCount else {
        return LimitProblem(name: name, "brings the tensors of the file to \(total) bytes", "byteCount", byteCount)
      }
    }
    return nil
  }

  /// The number of bytes of a tensor; nil if it overflows, or if an extent is negative.
  private static func byteCount(_ extents: [Int], _ elementByteCount: Int) -> Int? {
    guard extents.allSatisfy({ $0 >= 0 }) else { return nil }
    var product = elementByteCount
    for extent in extents {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      product = next
    }
    return product
  }

  /// The reason why a text is refused; nil if it is within the limits.
  package func problem(textOf byteCount: Int) -> LimitProblem? {
    guard byteCount > textByteCount else { return nil }
    return LimitProblem(name: nil, "has \(byteCount) bytes", "textByteCount", textByteCount)
  }
}

/// A limit that a file exceeds.
package struct LimitProblem: Sendable {
  /// The name of the tensor; nil for the file or the text.
  package let name: String?
  /// The problem in words, without a final period.
  package let message: String

  /// Creates a problem whose message gives a fact about the file, the exceeded limit, and the property that raises it.
  package init(name: String?, _ fact: String, _ limit: String, _ value: Int) {
    self.name = name
    message = "\(fact), but the limit is \(value); a program can raise ReadingLimits.\(limit) for it"
  }
}
