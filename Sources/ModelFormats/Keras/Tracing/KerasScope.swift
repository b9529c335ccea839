import ComputationGraphs
import Names
import Tensors

/// The context in which a layer is applied: its path in the model, and its weights.
struct KerasScope {
  let builder: GraphBuilder
  /// The path of the layer's brick.
  let path: Name
  let layer: KerasLayer
  let trace: KerasTrace

  var scalar: ScalarType { trace.scalar }

  /// The weights that the layer declares.
  private var declared: [KerasWeight] {
    if case .operation(let operation) = layer.content { operation.weights } else { [] }
  }

  /// Returns an error about the layer.
  func problem(_ message: String, _ code: ModelFormatError.Code = .malformed) -> KerasProblem {
    KerasProblem(code, message, at: Name(String(path.text.dropFirst())))
  }

  /// Declares a weight of the layer as a tensor of the brick, and returns its variable.
  ///
  /// - Parameters:
  ///   - name: Keras's name of a weight that the layer declares.
  ///   - shape: The extents that it must have in the file; nil for any extent.
  /// - Throws: `KerasProblem` if the weight is missing or has the wrong shape.
  func weight(_ name: Name, shape: [Int?]) throws -> Variable {
    guard let weight = declared.first(where: { $0.name == name }) else {
      preconditionFailure("the layer \(path) does not declare \(name)")
    }
    let source = try source(of: name, shape: shape)
    return try declare(weight, source.tensor, from: source.name)
  }

  /// Returns the tensor in the file for a weight of the layer.
  ///
  /// - Throws: `KerasProblem` if the weight is missing or has the wrong shape.
  func source(of name: Name, shape: [Int?]) throws -> KerasSource {
    let source = try trace.source(of: name, in: path)
    let extents = source.tensor.shape.dimensions
    guard extents.count == shape.count, zip(extents, shape).allSatisfy({ $1 == nil || $0 == $1 }) else {
      let wanted = shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
      throw problem(
        "the weight \(source.name) has the shape \(source.tensor.shape), but the layer needs (\(wanted)); the file and its "
          + "configuration do not belong together")
    }
    return source
  }

  /// Declares the tensor of a weight.
  private func declare(_ weight: KerasWeight, _ tensor: Tensor, from source: Name) throws -> Variable {
    var converted = try weight.conversion.converted(tensor)
    if converted.type.isFloatingPoint { converted = try converted.converted(to: scalar) }
    return try declare(
      weight.tensor, weight.role, converted, axes: weight.axes, from: source, conversion: weight.conversion.description)
  }

  /// Declares a tensor of the brick.
  ///
  /// - Parameter source: The name in the file; nil for a tensor that is not in the file.
  func declare(
    _ name: Name, _ role: Role, _ tensor: Tensor, axes: [Name], from source: Name? = nil, conversion: String = ""
  ) throws -> Variable {
    var axes = axes
    while axes.count < tensor.shape.rank { axes.append("axis_\(axes.count)") }
    return try trace.assembly.tensor(
      name, of: path, ModelAssembly.Value(tensor, source: source, conversion: conversion), role: role,
      axes: Array(axes.prefix(tensor.shape.rank)), in: builder)
  }

  /// A constant of the model's type.
  func constant(_ value: Double) throws -> Variable { try builder.constant(value, scalar) }

  /// A vector of constants.
  func constants(_ values: [Double]) throws -> Variable {
    try Variable.stacking(values.map { try builder.constant($0, scalar) })
  }

  /// Returns a scope of the same layer that records into the body of a loop.
  func inside(_ inner: GraphBuilder) -> KerasScope {
    KerasScope(builder: inner, path: path, layer: layer, trace: trace)
  }
}
