import ComputationGraphs
import Names
import Tensors

/// The dynamic axes of a model's inputs: axes without a number in the file. Each dynamic axis gets an extent from the caller, or the
/// name of a symbolic extent.
struct OpenAxes {
  /// The name of the axis that counts examples.
  static let batch: Name = "batch"

  private let importer: ONNXImporter
  private let extents: [String: Int]
  /// The name of the inputs' first axis in the file; nil if the axis has a number or no name.
  private var batchName: String?

  /// The dynamic axes of some inputs.
  ///
  /// - Throws: `ModelFormatError` if the caller gives an extent for an axis that is not a dynamic axis of an input, or a negative extent.
  init(_ inputs: [Onnx_ValueInfoProto], extents: [String: Int], importer: ONNXImporter) throws {
    self.importer = importer
    self.extents = extents
    let axes = inputs.map { $0.type.tensorType.shape.dim }
    let names = Set(axes.joined().map(\.dimParam).filter { !$0.isEmpty })
    for (name, extent) in extents.sorted(by: { $0.key < $1.key }) {
      guard names.contains(name) || name == OpenAxes.batch.text else {
        throw importer.error(
          .malformed, "no input has an axis \"\(name)\"; the dynamic axes are \(names.sorted().joined(separator: ", "))"
        )
      }
      guard extent >= 0 else { throw importer.error(.malformed, "the extent \(extent) of \"\(name)\" is negative") }
    }
    let first = Set(axes.compactMap { $0.first?.dimParam }.filter { !$0.isEmpty && extents[$0] == nil })
    if first.count == 1, !names.contains(OpenAxes.batch.text) { batchName = first.first }
  }

  /// Adds an input of the file to the graph, and returns its value.
  func variable(for input: Onnx_ValueInfoProto, in builder: GraphBuilder) throws -> ONNXValue {
    let (scalar, type) = try elementType(of: input)
    importer.noteWidening(of: type)
    guard input.type.tensorType.hasShape else {
      throw importer.error(.unsupported, "the input has no shape; export the model with shapes", at: input.name)
    }
    var shape: [Extent] = []
    for (axis, dimension) in input.type.tensorType.shape.dim.enumerated() {
      shape.append(try extent(dimension, axis: axis, of: input.name))
    }
    return .variable(try builder.input(Name(input.name), VariableType(scalar, shape)), type)
  }

  private func elementType(of input: Onnx_ValueInfoProto) throws -> (ScalarType, ElementType) {
    guard case .tensorType(let tensor) = input.type.value else {
      throw importer.error(
        .unsupported, "the input is not a tensor; sequences and maps are not supported", at: input.name)
    }
    guard let type = ElementType(rawValue: Int(tensor.elemType)), let scalar = type.computed else {
      let name = ElementType(rawValue: Int(tensor.elemType))?.name ?? "number \(tensor.elemType)"
      throw importer.error(
        .unsupported, "the input has elements of type \(name), which are not supported; export the model in float32",
        at: input.name)
    }
    return (scalar, type)
  }

  private func extent(
    _ dimension: Onnx_TensorShapeProto.Dimension, axis: Int, of input: String
  ) throws -> Extent {
    switch dimension.value {
    case .dimValue(let value) where value >= 0: return .fixed(Int(value))
    case .dimParam(let name) where !name.isEmpty:
      if let extent = extents[name] { return .fixed(extent) }
      let own = name == batchName ? OpenAxes.batch : ModulePath.component(Name(name))
      if own == OpenAxes.batch, let extent = extents[OpenAxes.batch.text] { return .fixed(extent) }
      return .symbolic(own)
    default:
      guard axis == 0 else {
        throw importer.error(
          .unsupported,
          "axis \(axis) of the input has neither a number nor a name; add --input-shape with the shape of the input",
          at: input)
      }
      return extents[OpenAxes.batch.text].map(Extent.fixed) ?? .symbolic(OpenAxes.batch)
    }
  }
}
