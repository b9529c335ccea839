import Foundation
import Names
import Platform
import Tensors

/// A reader of the tensors of an ONNX file, from the file itself or from files in its folder.
final class TensorReading {
  private let path: String
  private let external: ExternalData

  /// Creates a reader of the tensors of the model at a path.
  init(_ path: String) {
    self.path = path
    external = ExternalData(besideModel: path)
  }

  /// Reads the values of a tensor, and the type of its elements in the file. Values of type float16 and bfloat16 are converted to
  /// float32. Integers and truth values are converted to int64.
  ///
  /// - Throws: `ModelFormatError` for types without numbers, sizes that do not fit the shape, or external data outside of the
  ///   model's folder.
  func read(_ proto: Onnx_TensorProto, name: String? = nil) throws -> (tensor: Tensor, type: ElementType) {
    try reading(proto, name: name) { type, stored, shape, bytes in
      guard let bytes else { return (try listed(proto, type, stored, shape), type) }
      return (try Tensor(littleEndianBytes: bytes, as: stored, shape: shape), type)
    }
  }

  /// Reads the elements of a tensor as in the file: little-endian, in row-major order.
  ///
  /// - Throws: The errors of `read(_:name:)`.
  func bytes(of proto: Onnx_TensorProto) throws -> [UInt8] {
    try reading(proto) { type, stored, shape, bytes in
      guard let bytes else { return try listed(proto, type, stored, shape).littleEndianBytes(as: stored) }
      guard bytes.count == shape.elementCount * stored.byteCount else {
        throw TensorError(.shapeMismatch, "\(bytes.count) bytes do not fit the shape \(shape) of \(stored.rawValue)")
      }
      return Array(bytes)
    }
  }

  /// Calls a closure with the type and shape of a tensor, and with its bytes; nil if its values are in a list for their type.
  private func reading<Result>(
    _ proto: Onnx_TensorProto, name: String? = nil,
    _ body: (ElementType, _ stored: ScalarType, Shape, (any Collection<UInt8>)?) throws -> Result
  ) throws -> Result {
    let name = Name(name ?? (proto.name.isEmpty ? "a tensor without a name" : proto.name))
    func fail(_ message: String, _ code: ModelFormatError.Code = .malformed) -> ModelFormatError {
      ModelFormatError(code, message, path: path, object: name)
    }
    guard let type = ElementType(rawValue: Int(proto.dataType)) else {
      throw fail("has elements of the unknown type \(proto.dataType)", .unsupported)
    }
    guard let stored = type.stored else {
      throw fail(
        "has elements of type \(type.name), which are not supported; export the model in float32", .unsupported)
    }
    do {
      let shape = try Shape(checking: proto.dims.map { Int($0) })
      let (byteCount, overflow) = shape.elementCount.multipliedReportingOverflow(by: stored.byteCount)
      guard !overflow, Memory.canProvide(byteCount: byteCount) else {
        throw fail("of shape \(shape) does not fit into this machine's memory")
      }
      if proto.dataLocation == .external {
        return try body(type, stored, shape, external.bytes(at: proto.externalData, byteCount: byteCount, of: name))
      }
      return try body(type, stored, shape, proto.hasRawData ? proto.rawData : nil)
    } catch let error as TensorError {
      throw fail("is malformed: \(error.message)")
    }
  }

  /// Reads the values of a tensor that are in a list for their type, such as `float_data`, instead of `raw_data`.
  private func listed(
    _ proto: Onnx_TensorProto, _ type: ElementType, _ stored: ScalarType, _ shape: Shape
  ) throws -> Tensor {
    switch type {
    case .float32: return try Tensor(proto.floatData, shape: shape)
    case .float64: return try Tensor(proto.doubleData, shape: shape)
    case .int64: return try Tensor(proto.int64Data, shape: shape)
    case .uint32, .uint64:
      guard proto.uint64Data.allSatisfy({ $0 <= UInt64(Int64.max) }) else {
        throw TensorError(.notRepresentable, "a \(type.name) element is beyond the range of int64")
      }
      return try Tensor(proto.uint64Data.map { Int64($0) }, shape: shape)
    case .float16, .bfloat16:
      let bytes = proto.int32Data.flatMap { bits in
        [UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8)]
      }
      return try Tensor(littleEndianBytes: bytes, as: stored, shape: shape)
    default: return try Tensor(proto.int32Data.map { Int64($0) }, shape: shape)
    }
  }
}
