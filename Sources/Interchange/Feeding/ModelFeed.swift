import ComputationGraphs
import Tensors

/// What a model is fed with: an array of examples for each of its inputs.
///
/// A model with one input takes the array at a place; of several, each takes the array of its name in the file at the place. An int64
/// scalar input `step` is the time step. An input `mask` may come from an array (examples, time) of 0 and 1, or from the lengths of
/// sequences: 1 before the end of each, 0 from there on. Examples lie along the first axis of every array, and come to lie along the
/// axis of the input that is called `batch`, such as the second of (time, batch, features).
public struct ModelFeed: Sendable {
  /// Where masks come from.
  public enum Mask: Hashable, Sendable {
    /// An array (examples, time).
    case array(String)
    /// An array (examples) of integers.
    case lengths(String)
  }

  /// The place of the data, for messages.
  public let location: String
  /// The number of examples.
  public let count: Int
  private let sources: [FeedSource]
  private let step: Int?
  private let lengths: Lengths?

  /// Finds the arrays for a model's inputs. Reads no elements, but of an archive's members.
  ///
  /// - Parameters:
  ///   - location: `FILE.h5:DATASET`, `FILE.npy` or `FILE.npz:MEMBER`; for several inputs the file alone.
  ///   - mask: Where the input `mask` comes from; nil where it is one of the arrays, or there is none.
  ///   - step: The time step, for models with an input `step`.
  /// - Throws: `InterchangeError` if there is no such array, or one that is not the input's shape or has another number of
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
          : "the model has statistics per time step and an input \"step\"; say which step", path: location)
    }
    guard mask == nil || graph.takesMask else {
      throw InterchangeError(.unsuitable, "the model has no input \"mask\" for masks or lengths", path: location)
    }
    var ports = graph.inputs.filter { !graph.isTimeStep($0) }
    let masked = mask == nil ? nil : ports.first { $0.name == "mask" }
    ports.removeAll { $0 == masked }
    guard !ports.isEmpty else { throw InterchangeError(.unsuitable, "the model has no input to feed", path: location) }
    var sources = try ports.map { port in
      try FeedSource(port.name, type(port), ModelFeed.set(for: port.name, of: ports.map(\.name), at: location))
    }
    var lengths: Lengths?
    if let mask, let masked {
      switch mask {
      case .array(let place): sources.append(try FeedSource("mask", type(masked), Examples(contentsOf: place)))
      case .lengths(let place): lengths = try Lengths(place, type(masked), of: sources[0].example, at: location)
      }
    }
    self.sources = sources
    self.lengths = lengths
    count = sources[0].set.count
    for set in sources.map(\.set) + [lengths?.set].compactMap({ $0 }) where set.count != count {
      throw InterchangeError(
        .unsuitable, "has \(set.count) examples, \(sources[0].set.location) has \(count)", path: set.location)
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
        throw InterchangeError(
          .noSuchMember,
          "the model has the inputs \(inputs.joined(separator: ", ")), which are arrays of these names in one file, and "
            + "there is no \"\(input)\"", path: location, cause: error)
      }
      // A file with several arrays gives the one that is named as the input.
      guard error.code == .noSuchMember, let named = try? Examples(contentsOf: "\(location):\(input)") else {
        throw error
      }
      return named
    }
  }

  /// The inputs for some examples, in the order in which they are named.
  ///
  /// - Throws: `InterchangeError` if reading fails, or a length is not within the sequence.
  public func inputs(_ examples: [Int]) throws -> [Name: Tensor] {
    var inputs: [Name: Tensor] = [:]
    if let step { inputs["step"] = try Tensor([Int64(step)], shape: []) }
    for source in sources {
      inputs[source.name] = try source.tensor(examples)
    }
    if let lengths { inputs["mask"] = try lengths.mask(examples) }
    return inputs
  }

  /// The name of a batch of these data, the same wherever they stand: `train.h5:images[0:128]`, `rows.npy[step 2][0:128]`.
  public func name(of batch: BatchPlan.Batch) -> Name {
    let file = location.split(separator: "/").last ?? ""
    return "\(file)\(step.map { "[step \($0)]" } ?? "")\(batch.name)"
  }
}

extension Graph {
  /// Whether a model is told the time step, by an int64 scalar input `step`.
  public var takesTimeStep: Bool { inputs.contains(where: isTimeStep) }

  /// Whether there is an input `mask`.
  public var takesMask: Bool { inputs.contains { $0.name == "mask" } }

  fileprivate func isTimeStep(_ port: Port) -> Bool {
    port.name == "step" && variables[port.variable].type == VariableType(.int64, [])
  }
}
