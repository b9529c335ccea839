/// The settings of a pooling, which reduces each window of an image to one number.
public struct Pooling: Hashable, Sendable {
  /// The ways to reduce a window to one number.
  public enum Summary: String, Hashable, Sendable, Codable, CaseIterable {
    /// The largest element. Padding never counts.
    case maximum
    /// The mean of the elements.
    case average
  }

  /// The way to reduce a window to one number.
  public var summary: Summary
  /// The window's rows and columns.
  public var window: SpatialExtents
  /// The distance between neighbouring windows.
  public var stride: SpatialExtents
  /// The number of rows and columns by which windows may begin before the image and end after it.
  public var padding: SpatialExtents
  /// Whether partial windows at the end are left out. Partial windows cannot be combined with padding.
  public var ignoresBorder: Bool
  /// Whether an average counts the padding as zeros.
  public var includesPadding: Bool

  /// Creates a pooling with the given settings. By default, the stride is the window.
  public init(
    _ summary: Summary, window: SpatialExtents, stride: SpatialExtents? = nil, padding: SpatialExtents = 0,
    ignoresBorder: Bool = true, includesPadding: Bool = false
  ) {
    self.summary = summary
    self.window = window
    self.stride = stride ?? window
    self.padding = padding
    self.ignoresBorder = ignoresBorder
    self.includesPadding = includesPadding
  }

  /// The shape of the result (N, C, windows down, windows across).
  ///
  /// There are ⌊(H + 2p − h) / s⌋ + 1 whole windows. Partial windows change this number. If the stride is at least as large as the
  /// window, a window begins at each multiple of the stride within the image. With smaller strides, the first window that reaches the
  /// end of the image is the last window.
  ///
  /// - Parameter image: The shape of the images (N, C, H, W).
  /// - Throws: `TensorError` with code `.shapeMismatch` for a rank other than 4, or `.invalidShape` for a window or stride below 1, a
  ///   padding that is negative or not smaller than the window, a padding together with partial windows, an image without elements,
  ///   or a result without elements.
  public func resultDimensions(image: [Int]) throws(TensorError) -> [Int] {
    guard image.count == 4 else {
      throw TensorError(.shapeMismatch, "needs images (N, C, H, W), got extents \(image)")
    }
    guard image.dropFirst().allSatisfy({ $0 > 0 }) else {
      throw TensorError(.invalidShape, "an image \(image.dropFirst()) has no elements")
    }
    guard window.areAtLeast(1), stride.areAtLeast(1) else {
      throw TensorError(.invalidShape, "the window \(window) and the stride \(stride) must be positive")
    }
    guard padding.areAtLeast(0), padding.height < window.height, padding.width < window.width else {
      throw TensorError(
        .invalidShape, "the padding \(padding) must be at least 0 and smaller than the window \(window)")
    }
    guard ignoresBorder || padding == 0 else {
      throw TensorError(
        .invalidShape,
        "the padding \(padding) is only possible without partial windows; ignore the border, or set the padding to 0")
    }
    return [
      image[0], image[1],
      try count(along: image[2], window: window.height, stride: stride.height, padding: padding.height),
      try count(along: image[3], window: window.width, stride: stride.width, padding: padding.width),
    ]
  }

  private func count(along extent: Int, window: Int, stride: Int, padding: Int) throws(TensorError) -> Int {
    if ignoresBorder { return try windowCount(along: extent, window: window, stride: stride, padding: padding) }
    if stride >= window { return (extent - 1) / stride + 1 }
    return extent <= window ? 1 : (extent - window - 1) / stride + 2
  }
}
