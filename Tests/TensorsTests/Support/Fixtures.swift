import Foundation
import Tensors
@_exported import TestSupport
import Testing

/// An array in a fixture file, with its elements as text.
struct FixtureArray: Decodable {
  let type: ScalarType
  let shape: [Int]
  let values: [String]

  /// The array as a tensor.
  func tensor() throws -> Tensor {
    let shape = try Shape(checking: shape)
    switch type {
    case .float32: return try Tensor(values.map { Float(try #require(Double($0))) }, shape: shape)
    case .float64: return try Tensor(values.map { try #require(Double($0)) }, shape: shape)
    default: return try Tensor(values.map { try #require(Int64($0)) }, shape: shape)
    }
  }
}

/// The cases of a file in the folder `Fixtures`.
func fixtures<Case: Decodable>(_ name: String, of type: Case.Type = Case.self) throws -> [Case] {
  try JSONDecoder().decode([Case].self, from: bytes(Repository.fixture("\(name).json", of: "TensorsTests")))
}

extension Tensor {
  /// The largest distance to another tensor of the same shape and type, in ulps of the larger element; infinite where
  /// one is NaN or infinite and the other is not the same.
  func distanceInUlps(to other: Tensor) -> Double {
    guard shape == other.shape, type == other.type else { return .infinity }
    let ulpOfOne = type == .float32 ? Double(Float.ulpOfOne) : Double.ulpOfOne
    let smallest = type == .float32 ? Double(Float.leastNonzeroMagnitude) : Double.leastNonzeroMagnitude
    var largest = 0.0
    for (left, right) in zip(doubles, other.doubles) where left != right && !(left.isNaN && right.isNaN) {
      guard left.isFinite, right.isFinite else { return .infinity }
      let exponent = max(left.magnitude, right.magnitude).exponent
      let ulp = max(Double(sign: .plus, exponent: exponent, significand: ulpOfOne), smallest)
      largest = max(largest, (left - right).magnitude / ulp)
    }
    return largest
  }

  /// Whether two tensors agree in shape, type and every bit.
  func isBitwiseEqual(to other: Tensor) -> Bool {
    shape == other.shape && type == other.type
      && withUnsafeBytes { left in other.withUnsafeBytes { right in left.elementsEqual(right) } }
  }
}

/// Expects a `TensorError` of a code whose description contains every text, and returns the error.
@discardableResult
func expectError<Result>(
  _ code: TensorError.Code, mentioning texts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Result
) -> TensorError? {
  expectError(TensorError.self, mentioning: texts, sourceLocation: sourceLocation, body) { $0.code == code }
}
