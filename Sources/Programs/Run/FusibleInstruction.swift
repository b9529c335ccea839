/// An instruction that can apply operations to its result while the result is in a cache: a matrix product, a convolution or a normalization.
///
/// The result is a matrix of pixels and channels. For a matrix product, these are the rows and the columns.
protocol FusibleInstruction: Instruction {
  var result: ArrayView { get }

  /// Adds an operation, whose result replaces the previous result.
  ///
  /// - Returns: Whether the instruction can apply the operation. If not, nothing changes.
  mutating func append(_ epilogue: Epilogue, to result: ArrayView) -> Bool

  /// A view whose numbers are at the same places as those of the result, as a matrix of pixels and channels.
  func pixels(of view: ArrayView) -> ArrayView

  /// A view of coefficients as a matrix with one row for each group of pixels. A stride of 0 repeats one number in the row. Nil if the
  /// numbers vary within a group.
  func coefficients(of view: ArrayView) -> ArrayView?
}
