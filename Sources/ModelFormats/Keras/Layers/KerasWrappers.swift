import ComputationGraphs
import JSON
import Names

/// A layer with one recurrent layer forwards and one backwards.
struct KerasBidirectional: KerasOperation {
  private let forward: KerasLayer
  private let backward: KerasLayer
  private let mode: String?
  private let returnsSequences: Bool
  private let returnsStates: Bool

  init(_ configuration: KerasConfiguration, parse: KerasLayerTypes.Parse) throws {
    guard case .object(let layer)? = configuration["layer"], case .object(let config)? = layer["config"],
      case .text(let name)? = config["name"]
    else { throw configuration.problem("the Bidirectional has no layer with a configuration and a name") }
    if let backward = configuration["backward_layer"] {
      forward = try parse(.object(layer), "forward_layer")
      self.backward = try parse(backward, "backward_layer")
    } else {
      // Keras 2 stores only one layer. Both directions are copies of it.
      let isReversed = config["go_backwards"] == .boolean(true)
      func copy(_ prefix: String, _ goesBackwards: Bool) -> JSONValue {
        var (layer, config) = (layer, config)
        config["name"] = .text("\(prefix)_\(name)")
        config["go_backwards"] = .boolean(goesBackwards)
        layer["config"] = .object(config)
        return .object(layer)
      }
      forward = try parse(copy("forward", isReversed), "forward_layer")
      backward = try parse(copy("backward", !isReversed), "backward_layer")
    }
    guard case .operation(let operation) = forward.content, let first = operation as? KerasRecurrent,
      case .operation(let other) = backward.content, let second = other as? KerasRecurrent,
      first.returnsSequences == second.returnsSequences, first.returnsStates == second.returnsStates
    else {
      throw configuration.problem(
        "a Bidirectional needs two SimpleRNN, LSTM or GRU layers with the same kind of output", .unsupported)
    }
    guard forward.name != backward.name else {
      throw configuration.problem("both layers of the Bidirectional are named \"\(forward.name)\"")
    }
    returnsSequences = first.returnsSequences
    returnsStates = first.returnsStates
    // A missing key means the default, but null means two outputs.
    let isNull = configuration.members["merge_mode"] == .null
    mode =
      isNull ? nil : try configuration.word("merge_mode", among: ["concat", "sum", "ave", "mul"], default: "concat")
  }

  var children: [(attribute: Name, layer: KerasLayer)] { [("forward_layer", forward), ("backward_layer", backward)] }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    guard let value = inputs.values.first else { throw scope.problem("the layer has no input") }
    let states = inputs.keywords["initial_state"] ?? Array(inputs.values.dropFirst())
    let half = states.count / 2
    let ahead = try scope.apply(forward, to: KerasInputs(values: [value] + states.prefix(half)))
    var back = try scope.apply(backward, to: KerasInputs(values: [value] + states.dropFirst(half)))
    if returnsSequences { back[0].variable = try back[0].variable.reversed(axis: 1) }
    let (left, right) = (ahead[0].variable, back[0].variable)
    var merged: Variable?
    switch mode {
    case "concat": merged = try Variable.concatenating([left, right], axis: left.rank - 1)
    case "sum": merged = try left + right
    case "ave": merged = try (left + right) / 2
    case "mul": merged = try left * right
    default: break
    }
    let outputs = merged.map { [KerasValue($0, mask: ahead[0].mask)] } ?? [ahead[0], back[0]]
    return outputs + (returnsStates ? ahead.dropFirst() + back.dropFirst() : [])
  }
}

/// A layer that applies another layer to every time step, in a loop.
struct KerasTimeDistributed: KerasOperation {
  private let layer: KerasLayer

  init(_ configuration: KerasConfiguration, parse: KerasLayerTypes.Parse) throws {
    guard let layer = configuration["layer"] else { throw configuration.problem("the TimeDistributed has no layer") }
    self.layer = try parse(layer, "layer")
  }

  var children: [(attribute: Name, layer: KerasLayer)] { [("layer", layer)] }
  var passesMask: Bool { true }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let value = try inputs.single()
    let batchFirst = try value.inKerasOrder()
    guard batchFirst.rank >= 3 else {
      throw scope.problem("the layer needs an input (batch, time, …), not \(batchFirst.type)")
    }
    let timeFirst = try batchFirst.transposed([1, 0] + Array(2..<batchFirst.rank))
    var sequences = [timeFirst]
    if layer.takesMask, let mask = value.mask {
      sequences.append(try mask.transposed([1, 0] + Array(2..<mask.rank)))
    }
    let result = try scope.builder.scan(sequences: sequences, states: []) { inner, step in
      let masks = step.sequences.dropFirst()
      let outputs = try scope.inside(inner).apply(
        layer, to: KerasInputs(values: [KerasValue(step.sequences[0], mask: masks.first)]))
      guard outputs.count == 1 else {
        throw scope.problem("the inner layer has \(outputs.count) outputs; it must have one")
      }
      return ([], [try outputs[0].inKerasOrder()])
    }
    let output = result.outputs[0]
    return [KerasValue(try output.transposed([1, 0] + Array(2..<output.rank)))]
  }
}

extension KerasLayer {
  /// Whether the layer is a batch normalization or may contain one, whose statistics leave out masked examples.
  fileprivate var takesMask: Bool {
    switch content {
    case .input: false
    case .network: true
    case .operation(let operation): operation is KerasBatchNormalization
    }
  }
}
