import ComputationGraphs
import Interchange
import Names
import Tensors

/// Sets the tensors of one brick from one module.
struct StateFiller {
  var result: ImportedModel
  let brick: StateBrick
  let module: StateModule
  let file: TensorFile

  func refusal(_ message: String) -> ModelFormatError {
    ModelFormatError(.notRepresentable, message, path: file.path, object: module.name)
  }

  func read(_ leaf: Name) throws(ModelFormatError) -> Tensor {
    guard let entry = module.entries[leaf] else { throw refusal("has no \"\(leaf)\", which \(brick.path) needs") }
    do {
      return try file.tensor(entry.name)
    } catch {
      throw ModelFormatError(.inputOutput, error.message, path: file.path, object: entry.name)
    }
  }

  func target(_ name: Name) throws(ModelFormatError) -> (path: TensorPath, current: Tensor) {
    guard let path = brick.tensors[name], let current = result.model.tensors[path] else {
      throw refusal("has a tensor for which \(brick.path) has no \(name); change the configuration")
    }
    return (path, current)
  }

  /// Converts values to the type and shape of the target. Other frameworks leave out the target's axes of extent 1.
  func fitted(_ tensor: Tensor, _ leaf: Name, to path: TensorPath, like current: Tensor) throws(ModelFormatError)
    -> Tensor
  {
    guard tensor.shape.dimensions.filter({ $0 != 1 }) == current.shape.dimensions.filter({ $0 != 1 }) else {
      throw refusal(
        "gives \(path) the shape \(tensor.shape), but the architecture has \(current.shape); change the configuration")
    }
    do {
      return try tensor.reshaped(to: current.shape).converted(to: current.type)
    } catch {
      throw refusal("\(leaf): \(error)")
    }
  }

  mutating func set(
    _ name: Name, from leaf: Name, _ conversion: String = "", _ change: (Tensor) throws -> Tensor = { $0 }
  ) throws(ModelFormatError) {
    let tensor: Tensor
    do {
      tensor = try change(read(leaf))
    } catch let error as ModelFormatError {
      throw error
    } catch {
      throw refusal("\(leaf): \(error)")
    }
    try set(name, to: tensor, from: leaf, conversion)
  }

  /// Sets a tensor to a value that was made from a tensor of the module.
  mutating func set(_ name: Name, to tensor: Tensor, from leaf: Name, _ conversion: String) throws(ModelFormatError) {
    let (path, current) = try target(name)
    let value = try fitted(tensor, leaf, to: path, like: current)
    do {
      try result.model.set(path, to: value)
    } catch {
      throw refusal("\(leaf): \(error)")
    }
    result.mapping.append(
      TensorMapping(source: module.entries[leaf]?.name ?? leaf, target: path.spelling, conversion: conversion))
  }

  /// Sets a tensor. The module and the brick must both have the tensor, or both must lack it.
  mutating func setIfPresent(_ name: Name, from leaf: Name) throws(ModelFormatError) {
    guard module.entries[leaf] != nil || brick.tensors[name] != nil else { return }
    try set(name, from: leaf)
  }

  /// The number of minibatches in the moving averages; nil if the file does not have it.
  private func batchCount() throws(ModelFormatError) -> Int? {
    guard module.entries["num_batches_tracked"] != nil else { return nil }
    guard let number = try read("num_batches_tracked").doubles.first, let count = Int(exactly: number), count >= 0
    else {
      throw refusal("has a num_batches_tracked that is not a number of batches")
    }
    return count
  }

  mutating func setStatistics() throws(ModelFormatError) {
    let (meanPath, currentMean) = try target("population_mean")
    let (deviationPath, currentDeviation) = try target("population_stdev")
    guard let epsilon = result.model.origins[deviationPath]?.epsilon else { throw refusal("has no ε") }
    let mean = try read("running_mean")
    let statistics = MovingStatistics(mean: mean, variance: try read("running_var"))
    if let problem = statistics.problem(epsilon: epsilon) { throw refusal(problem) }
    let origin = statistics.origin(epsilon: epsilon, batchCount: try batchCount())
    do {
      let deviation = try statistics.deviation(epsilon: epsilon)
      try result.model.setStatistic(
        meanPath, to: fitted(mean, "running_mean", to: meanPath, like: currentMean), origin: origin)
      try result.model.setStatistic(
        deviationPath, to: fitted(deviation, "running_var", to: deviationPath, like: currentDeviation), origin: origin)
    } catch let error as ModelFormatError {
      throw error
    } catch {
      throw refusal("\(error)")
    }
    for (leaf, path, conversion) in [
      ("running_mean", meanPath, ""), ("running_var", deviationPath, "√(variance + \(epsilon))"),
    ] as [(Name, TensorPath, String)] {
      result.mapping.append(
        TensorMapping(source: module.entries[leaf]?.name ?? leaf, target: path.spelling, conversion: conversion))
    }
  }
}

extension Tensor {
  /// Flips filters (out, in, height, width) along height and width. This turns the filters of a correlation into the filters of a
  /// convolution.
  func flippingFilters() throws -> Tensor {
    let (height, width) = (shape[2], shape[3])
    let order = (0..<height * width).map { Int64(height * width - 1 - $0) }
    let outer = shape[0] * shape[1]
    let rows = try reshaped(to: Shape([outer, height * width])).transposed([1, 0])
    let flipped = try rows.gatheringRows(Tensor(order, shape: [height * width]))
    return try flipped.transposed([1, 0]).reshaped(to: shape)
  }
}
