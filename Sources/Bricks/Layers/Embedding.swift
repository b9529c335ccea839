/// The rows of a table W (count, dimension) for int64 indices (…): a vector for each word of a vocabulary.
public struct Embedding: Brick {
  /// The name among its siblings.
  public var name: String
  /// The number of rows. An index is at least 0 and below this number.
  public var count: Int
  /// The width of a row.
  public var dimension: Int
  /// The initialization of W.
  public var weightsInitialization: Initialization

  /// Creates a table of `count` vectors. By default, their elements start as Gaussians with standard deviation 1.
  public init(
    _ count: Int, _ dimension: Int,
    weightsInitialization: Initialization = .isotropicGaussian(standardDeviation: 1), name: String = "embedding"
  ) {
    self.name = name
    self.count = count
    self.dimension = dimension
    self.weightsInitialization = weightsInitialization
  }

  /// Records the selection of rows. The result has the shape (…, dimension).
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` if the input is not int64.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    guard input.type.scalar == .int64 else {
      throw BrickError(
        .invalidConfiguration, "reads int64 indices, got \(input.type); give the input \"type\": \"int64\"")
    }
    let table = try scope.parameter(
      "W", shape: [count, dimension], role: .weight, initialization: weightsInitialization, axes: ["index", "output"])
    return try table.gatheringRows(input)
  }
}
