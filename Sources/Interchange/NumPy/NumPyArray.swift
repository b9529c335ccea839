import Platform
import Tensors

/// An array in an `.npy` file or in a member of an `.npz` archive, opened but not yet read.
///
/// ```swift
/// let images = try NumPyArray(opening: "images.npy")
/// let batch = try images.readRows(0..<256)          // reads these rows and no others
/// ```
public struct NumPyArray: Sendable {
  /// The file, with the member of an archive after a colon.
  public let path: String
  /// The shape in NumPy's order of axes.
  public var shape: Shape { header.shape }
  /// The type of the elements in the file. It is `uint8`, with 0 and 1, for booleans.
  public var type: ScalarType { header.elements.type }

  let header: NumPyHeader
  let content: ByteRegion
  let dataOffset: Int

  /// Opens an `.npy` file and checks its header.
  ///
  /// - Throws: `InterchangeError` with code `.notFound`, `.notReadable`, `.malformed` (also if the shape in the header does not fit
  ///   the size of the file), `.unsupported` or `.inputOutput`.
  public init(opening path: String) throws(InterchangeError) {
    try self.init(ByteRegion(opening: path), path: path)
  }

  /// Opens an `.npy` file whose bytes are part of another file; see `init(opening:)`.
  init(_ content: ByteRegion, path: String) throws(InterchangeError) {
    let prefix = try content.bytes(at: 0, count: min(NumPyHeader.prefixByteCount, content.byteCount))
    let text = try NumPyHeader.textRange(ofFileBeginning: prefix, path: path)
    guard text.upperBound <= content.byteCount else {
      throw InterchangeError(.malformed, "the header is cut off", path: path)
    }
    let header = try NumPyHeader(parsing: content.bytes(at: text.lowerBound, count: text.count), path: path)
    try header.check(dataByteCount: content.byteCount - text.upperBound, path: path)
    self.header = header
    self.content = content
    self.path = path
    dataOffset = text.upperBound
  }

  /// Reads the whole array.
  ///
  /// float16 becomes float32, and integers and booleans become int64. These conversions are exact.
  ///
  /// - Throws: `InterchangeError` with code `.inputOutput`, `.malformed` for booleans other than 0 and 1, or `.unsupported` for
  ///   unsigned integers beyond the range of int64.
  public func read() throws(InterchangeError) -> Tensor {
    guard header.isFortranOrder else { return try read(dataOffset..<content.byteCount, as: shape) }
    // Column-major data are row-major data of the reversed shape.
    let reversed = try read(dataOffset..<content.byteCount, as: Shape(shape.dimensions.reversed()))
    return try mapping { () throws(TensorError) in try reversed.transposed(shape.dimensions.indices.reversed()) }
  }

  /// Reads the rows in a range along the first axis, with the types of `read()`.
  ///
  /// Only these rows are read from the file. An array in Fortran order is read completely, because its rows are scattered in the
  /// file.
  ///
  /// - Throws: `InterchangeError` with code `.outOfRange` for rows that the array does not have; the errors of `read()`.
  public func readRows(_ range: Range<Int>) throws(InterchangeError) -> Tensor {
    guard shape.rank > 0, range.lowerBound >= 0, range.upperBound <= shape[0] else {
      throw InterchangeError(
        .outOfRange, "rows \(range.lowerBound)..<\(range.upperBound) are not within shape \(shape)", path: path)
    }
    guard !header.isFortranOrder else {
      let whole = try read()
      return try mapping { () throws(TensorError) in
        try whole.slicing(axis: 0, from: range.lowerBound, count: range.count)
      }
    }
    let rowByteCount = shape[0] == 0 ? 0 : (content.byteCount - dataOffset) / shape[0]
    let start = dataOffset + range.lowerBound * rowByteCount
    return try read(
      start..<(start + range.count * rowByteCount), as: Shape([range.count] + shape.dimensions.dropFirst()))
  }
}

extension NumPyArray {
  /// Reads the elements in a range of bytes, in the order of the file.
  private func read(_ range: Range<Int>, as shape: Shape) throws(InterchangeError) -> Tensor {
    var bytes = try content.bytes(at: range.lowerBound, count: range.count)
    if header.elements.isBigEndian { bytes.withUnsafeMutableBytes { $0.reverseElements(of: type.byteCount) } }
    guard !header.elements.isBoolean || bytes.allSatisfy({ $0 <= 1 }) else {
      throw InterchangeError(.malformed, "the array of booleans has an element that is neither 0 nor 1", path: path)
    }
    let little = bytes
    return try mapping { () throws(TensorError) in try Tensor(littleEndianBytes: little, as: type, shape: shape) }
  }

  private func mapping(_ body: () throws(TensorError) -> Tensor) throws(InterchangeError) -> Tensor {
    do {
      return try body()
    } catch {
      throw InterchangeError(.unsupported, "\(error)", path: path, cause: error)
    }
  }
}
