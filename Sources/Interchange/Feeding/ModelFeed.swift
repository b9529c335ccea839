import ComputationGraphs
import Tensors

/// The data for a model: an array of examples for each of its inputs.
///
/// A model with one input takes the array at a location. If a model has several inputs, each input takes the array with
/// the name of the input in the file at the location. An int64 scalar input `step` is the time step. An input `mask` can come from an array
/// (examples, time) of 0 and 1, or from the lengths of sequences: it is 1 before the end of each sequence and 0 after it.
/// Examples are along the first axis of every array. They become the axis `batch` of the input, such as the second axis of
/// (time, batch, features).
public struct ModelFeed: Sendable {
  /// The sources of masks.
  public enum Mask: Hashable, Sendable {
    /// An array (examples, time) of 0 and 1.
    case array(String)
    /// An array (examples) of integer lengths.
    case lengths(String)
  }

  /// The location of the data, for messages.
  public let location: String
  /// The number of examples.
  public let count: Int
  let sources: [FeedSource]
  let step: Int?
  let lengths: Lengths?

  /// Finds the arrays for the inputs of a model. Reads no elements, except for members of an archive.
  ///
  /// - Parameters:
  ///   - location: The location `FILE.h5:DATASET`, `FILE.npy` or `FILE.npz:MEMBER`; for several inputs, only the file.
  ///   - mask: The source of the input `mask`; nil if it is one of the arrays, or if there is no such input.
  ///   - step: The time step, for models with an input `step`.
  /// - Throws: `InterchangeError` if an array is missing, does not have the shape of the input, or has a different number of
  ///   examples, or if an input has no axis `batch`.
  public init(_ model: Model, data location: String, mask: Mask? = nil, step: Int? = nil) throws {
    self.location = location
    self.step = step
    let graph = model.graph
    func type(_ port: Graph.Port) -> VariableType { graph.variables[port.variable].type }
    guard graph.takesTimeStep == (step != nil) else {
      throw InterchangeError(
        .unsuitable,
        step != nil
          ? "the model has no input \"step\"; leave the time step out"
          : "the model has statistics for each time step and an input \"step\"; give the time step", path: location)
    }
    guard mask == nil || graph.takesMask else {
      throw InterchangeError(.unsuitable, "the model has no input \"mask\" for masks or lengths", path: location)
    }
    var ports = graph.inputs.filter { !graph.isTimeStep($0) }
    let masked = mask == nil ? nil : ports.first { $0.name == "mask" }
    ports.removeAll { $0 == masked }
    guard !ports.isEmpty else { throw InterchangeError(.unsuitable, "the model has no input to feed", path: location) }
    // The input "mask" of a model from elsewhere can have another meaning, such as numbers that are added.
    let selectsObservations = graph.allCalls.contains { $0.normalization?.mask != nil }
    var sources = try ports.map { port in
      try FeedSource(
        port.name, type(port), ModelFeed.set(for: port.name, of: ports.map(\.name), at: location),
        isMask: port.name == "mask" && selectsObservations)
    }
    var lengths: Lengths?
    if let mask, let masked {
      switch mask {
      case .array(let place):
        sources.append(try FeedSource("mask", type(masked), Examples(contentsOf: place), isMask: true))
      case .lengths(let place): lengths = try Lengths(place, type(masked), of: sources[0].example, at: location)
      }
    }
    self.sources = sources
    self.lengths = lengths
    count = sources[0].set.count
    for set in sources.map(\.set) + [lengths?.set].compactMap({ $0 }) where set.count != count {
      throw InterchangeError(
        .unsuitable, "has \(set.count) examples, but \(sources[0].set.location) has \(count)", path: set.location)
    }
  }

  private static func set(
    for input: Name, of inputs: [Name], at location: String
  ) throws(InterchangeError) -> Examples {
    do {
      return try Examples(contentsOf: inputs.count == 1 ? location : "\(location):\(input)")
    } catch {
      guard inputs.count == 1 else {
        guard error.code == .noSuchMember else { throw error }
        let member = Name(location).splitAtLast(":")?.after
        let advice = member.map { $0.hasPrefix("//") ? "" : "; give the file without \":\($0)\"" } ?? ""
        throw InterchangeError(
          .noSuchMember,
          "the model has the inputs \(inputs.joined(separator: ", ")), which must be arrays with these names in one file, but "
            + "there is no \"\(input)\"\(advice)", path: location, cause: error)
      }
      // If a file has several arrays, take the array with the name of the input.
      guard error.code == .noSuchMember, let named = try? Examples(contentsOf: "\(location):\(input)") else {
        throw error
      }
      return named
    }
  }

  /// Reads the inputs for the given examples, in their given order.
  ///
  /// - Throws: `InterchangeError` if reading fails, if a length is not within the sequence, or if a mask has a number that is neither 0 nor 1.
  public func inputs(_ examples: [Int]) throws -> [Name: Tensor] {
    var inputs: [Name: Tensor] = [:]
    if let step { inputs["step"] = try Tensor([Int64(step)], shape: []) }
    for source in sources {
      inputs[source.name] = try source.tensor(examples)
    }
    if let lengths { inputs["mask"] = try lengths.mask(examples) }
    return inputs
  }

  /// Reads the inputs for the given examples, and checks that all numbers are finite.
  ///
  /// If the model takes a mask, nothing is checked, because padding may have any numbers.
  ///
  /// - Parameter skipping: Whether examples that are not finite are left out.
  /// - Returns: The inputs, and the number of examples that were left out.
  /// - Throws: `InterchangeError` with code `.unsuitable` that names the first example with a number that is not finite, and the errors
  ///   of `inputs(_:)`.
  public func finiteInputs(
    _ examples: [Int], skipping: Bool = false
  ) throws -> (inputs: [Name: Tensor], skippedCount: Int) {
    let isMasked = lengths != nil || sources.contains { $0.name == "mask" }
    guard !isMasked else { return (try inputs(examples), 0) }
    let rows = try sources.map { try $0.set.rows(examples, as: $0.type) }
    var skipped: Set<Int> = []
    for (source, numbers) in zip(sources, rows) {
      let positions = numbers.indicesNotFinite(along: 0)
      if let first = positions.first, !skipping {
        throw InterchangeError(
          .unsuitable,
          "example \(examples[first]) (counted from 0) has a number that is not finite, so its batch has no statistics; correct "
            + "the data, or leave such examples out (--skip-nonfinite)",
          path: source.set.location)
      }
      skipped.formUnion(positions)
    }
    guard skipped.isEmpty else {
      return (try inputs(examples.indices.filter { !skipped.contains($0) }.map { examples[$0] }), skipped.count)
    }
    var inputs: [Name: Tensor] = [:]
    if let step { inputs["step"] = try Tensor([Int64(step)], shape: []) }
    for (source, numbers) in zip(sources, rows) {
      inputs[source.name] = try source.arranged(numbers, count: examples.count)
    }
    return (inputs, 0)
  }

  /// The name of a batch. It does not depend on the folder of the data: `train.h5:images[0:128]`, `rows.npy[step 2][0:128]`.
  public func name(of batch: BatchPlan.Batch) -> Name {
    let file = location.split(separator: "/").last ?? ""
    return "\(file)\(step.map { "[step \($0)]" } ?? "")\(batch.name)"
  }
}

extension Graph {
  /// Whether the model has an int64 scalar input `step` for the time step.
  public var takesTimeStep: Bool { inputs.contains(where: isTimeStep) }

  /// Whether the model has an input `mask`.
  public var takesMask: Bool { inputs.contains { $0.name == "mask" } }

  fileprivate func isTimeStep(_ port: Port) -> Bool {
    port.name == "step" && variables[port.variable].type == VariableType(.int64, [])
  }
}
