import ComputationGraphs
import Interchange
import Messages
import Names

/// A module of a state dictionary: the tensors whose names have the same beginning. Each layer and direction of a recurrent module is a
/// module of its own, such as `lstm.l0` and `lstm.l0_reverse`.
struct StateModule {
  let name: Name
  private(set) var entries: [Name: TensorFile.Entry] = [:]

  /// The modules in the order of their first tensors.
  static func modules(of file: TensorFile) -> [StateModule] {
    var modules: [StateModule] = []
    var indices: [Name: Int] = [:]
    for entry in file.entries {
      let (name, leaf) = place(of: entry.name)
      let index = indices[name] ?? modules.count
      if index == modules.count {
        modules.append(StateModule(name: name))
        indices[name] = index
      }
      modules[index].entries[leaf] = entry
    }
    return modules
  }

  /// Splits the name of a tensor into the module and the name in the module: `lstm.weight_ih_l0` is `weight_ih` of `lstm.l0`.
  private static func place(of tensor: Name) -> (module: Name, leaf: Name) {
    let (module, leaf) = tensor.splitAtLast(".") ?? ("", tensor)
    for base in ["weight_ih", "weight_hh", "weight_hr", "bias_ih", "bias_hh"] as [Name] {
      guard leaf.hasPrefix("\(base)_l"), let layer = leaf.text.split(separator: "_", maxSplits: 2).last else {
        continue
      }
      return (module.isEmpty ? Name(layer) : "\(module).\(layer)", base)
    }
    return (module, leaf)
  }

  /// The path of a brick of the same name.
  var brickPath: Name { "/\(name.split(at: ".").joined(separator: "/"))" }

  /// The kinds of bricks that the tensors can belong to.
  var kinds: Set<StateKind> {
    if entries["running_mean"] != nil, entries["running_var"] != nil { return [.normalization] }
    if let weights = entries["weight_hh"], weights.shape.rank == 2, weights.shape[1] > 0 {
      switch weights.shape[0] / weights.shape[1] {
      case 1: return [.simpleRecurrent]
      case 3: return [.gru]
      case 4: return [.lstm]
      default: return []
      }
    }
    switch entries["weight"]?.shape.rank {
    case 1: return [.exampleNormalization]
    case 2 where entries["bias"] == nil: return [.linear, .embedding, .exampleNormalization]
    case 2 where entries["bias"]?.shape.rank == 2: return [.exampleNormalization]
    case 2: return [.linear]
    case 3: return [.exampleNormalization]
    case 4: return [.convolution]
    default: return []
    }
  }
}
