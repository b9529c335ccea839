import ComputationGraphs
import Interchange
import Names
import Tensors

extension StateFiller {
  /// Sets the tensors of a layer of a recurrence. The order of the gates is the same as in PyTorch. PyTorch has two biases, which are
  /// added here.
  ///
  /// - Parameter state: The name of the weights of the state.
  mutating func setRecurrence(_ state: Name, isGRU: Bool = false) throws(ModelFormatError) {
    guard module.entries["weight_hr"] == nil else {
      throw refusal(
        "is an LSTM with projections (proj_size), which no brick computes; export the model with torch.onnx.export")
    }
    try set("W_input", from: "weight_ih", "transposed (gates, in) → (in, gates)") { try $0.transposed([1, 0]) }
    try set(state, from: "weight_hh", "transposed (gates, state) → (state, gates)") { try $0.transposed([1, 0]) }
    let width = try target(state).current.shape[0]
    let biases = try biases()
    if isGRU {
      // The reset gate also multiplies the bias of the state for the new value, so this bias stays separate.
      try set("b_state", biases?.state, from: "bias_hh", "the part of the new value") { bias in
        try bias.slicing(axis: 0, from: 2 * width, count: width)
      }
    }
    try set("b", biases?.input, from: "bias_ih", isGRU ? "+ bias_hh of both gates" : "+ bias_hh") { input in
      guard var state = biases?.state else { return input }
      if isGRU {
        state = try .concatenating(
          [
            state.slicing(axis: 0, from: 0, count: 2 * width),
            Tensor([Double](repeating: 0, count: width), shape: [width]),
          ],
          axis: 0)
      }
      return try input.combined(with: state, by: .add)
    }
    for name in ["initial_state", "initial_cells"] as [Name] where brick.tensors[name] != nil {
      try setZero(name)
    }
  }

  /// Reads the biases in double precision; nil if the module has none.
  private func biases() throws(ModelFormatError) -> (input: Tensor, state: Tensor)? {
    guard module.entries["bias_ih"] != nil || module.entries["bias_hh"] != nil else { return nil }
    do {
      return (try read("bias_ih").converted(to: .float64), try read("bias_hh").converted(to: .float64))
    } catch let error as ModelFormatError {
      throw error
    } catch {
      throw refusal("\(error)")
    }
  }

  /// Sets a tensor to a changed value, or to 0 if there is no value.
  private mutating func set(
    _ name: Name, _ value: Tensor?, from leaf: Name, _ conversion: String, _ change: (Tensor) throws -> Tensor
  ) throws(ModelFormatError) {
    guard let value else { return try setZero(name) }
    let changed: Tensor
    do {
      changed = try change(value)
    } catch {
      throw refusal("\(leaf): \(error)")
    }
    try set(name, to: changed, from: leaf, conversion)
  }

  /// Sets a tensor that the module does not have to 0.
  private mutating func setZero(_ name: Name) throws(ModelFormatError) {
    let (path, current) = try target(name)
    do {
      try result.model.set(path, to: Tensor(repeating: 0, shape: current.shape, type: current.type))
    } catch {
      throw refusal("\(name): \(error)")
    }
  }
}
