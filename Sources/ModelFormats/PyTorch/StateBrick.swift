import ComputationGraphs
import Names

/// The kinds of modules of PyTorch that have corresponding bricks.
enum StateKind: String {
  case linear = "a linear layer"
  case convolution = "a convolution"
  case normalization = "a batch normalization"
  case exampleNormalization = "a layer or group normalization"
  case embedding = "an embedding"
  case simpleRecurrent = "a layer of a simple recurrence (RNN)"
  case lstm = "a layer of an LSTM"
  case gru = "a layer of a GRU"
}

/// A brick with tensors of its own, which the import fills from a module of the state dictionary.
struct StateBrick {
  let path: Name
  let tensors: [Name: TensorPath]
  let kind: StateKind?
  /// The number of elements of the tensor that every module of this kind has; nil if there is no such tensor.
  let weightCount: Int?

  /// The parts of the path.
  var components: [Name] { Array(path.split(at: "/").dropFirst()) }

  /// The bricks with tensors, in the order of the tree.
  static func bricks(of model: Model) -> [StateBrick] {
    var tensors: [Name: [Name: TensorPath]] = [:]
    for path in model.tensors.keys { tensors[path.brick, default: [:]][path.name] = path }
    func bricks(_ nodes: [BrickNode], in parent: Name) -> [StateBrick] {
      nodes.flatMap { node -> [StateBrick] in
        let path: Name = "\(parent)/\(node.name)"
        let own = tensors[path].map { tensors -> [StateBrick] in
          let weights = ["W", "W_input", "population_mean", "scale"].lazy.compactMap { tensors[$0] }.first
          return [
            StateBrick(
              path: path, tensors: tensors, kind: kind(of: node, tensors, in: model),
              weightCount: weights.flatMap { model.tensors[$0]?.shape.elementCount })
          ]
        }
        return (own ?? []) + bricks(node.children, in: path)
      }
    }
    return bricks(model.bricks, in: "")
  }

  private static func kind(of node: BrickNode, _ tensors: [Name: TensorPath], in model: Model) -> StateKind? {
    func shape(_ name: Name) -> [Int]? { tensors[name].flatMap { model.tensors[$0]?.shape.dimensions } }
    if tensors["population_mean"] != nil, tensors["population_stdev"] != nil { return .normalization }
    switch node.type {
    case "Embedding": return .embedding
    case "LayerNormalization", "GroupNormalization": return .exampleNormalization
    case "MappedRecurrent":
      // Peepholes have no counterpart in PyTorch.
      guard tensors["W_cell_to_in"] == nil else { return nil }
      return tensors["initial_cells"] != nil ? .lstm : tensors["b_state"] != nil ? .gru : .simpleRecurrent
    default:
      guard let weights = shape("W"), tensors.count == (tensors["b"] == nil ? 1 : 2) else { return nil }
      return weights.count == 2 ? .linear : weights.count == 4 ? .convolution : nil
    }
  }

  /// A description of the brick. If no module fits the brick, the description says why.
  var meaning: String {
    if let kind { return kind.rawValue }
    if tensors["W_cell_to_in"] != nil {
      return "an LSTM with peepholes, which PyTorch does not have (set \"hasPeepholes\": false)"
    }
    if tensors["W_state"] != nil || tensors["state_to_state"] != nil {
      return "recurrent, and has no map of its input; put it into a MappedRecurrent (docs/recurrent.md)"
    }
    return "of a kind that PyTorch does not have"
  }
}
