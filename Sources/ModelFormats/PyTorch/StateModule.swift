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
    for entry in file.entries where entry.name != StateDictionary.averageCount {
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

  /// The parts of the name. The layer of a recurrence is one part, such as `l0_reverse`.
  var components: [Name] { name.isEmpty ? [] : name.split(at: ".") }

  /// The parts of the names that a brick for the module can have, the usual name first. Parts in front are left out.
  ///
  /// The brick for `lstm.l0_reverse` can be `lstm/backward`, and the brick for `lstm.l1` can be `lstm_1`.
  func spellings(without count: Int) -> [[Name]] {
    let own = Array(components.dropFirst(count))
    guard entries["weight_ih"] != nil, let leaf = own.last, own.count > 1 else { return [own] }
    let words = leaf.split(at: "_")
    let layer = words[0].text.dropFirst()
    let outer = own.dropLast(2)
    let base = own[own.count - 2]
    let bases = (layer == "0" ? [base] : []) + ["\(base)_\(Name(layer))"]
    let direction: Name = words.count > 1 ? "backward" : "forward"
    // A layer without a direction in its name goes forwards.
    return [own] + bases.map { outer + [$0, direction] } + (words.count > 1 ? [] : bases.map { outer + [$0] })
  }

  /// Whether the kind of a brick is possible, and the numbers of weights agree.
  func fits(_ brick: StateBrick) -> Bool {
    guard let kind = brick.kind, kinds.contains(kind) else { return false }
    let leaves: [Name] = ["weight", "weight_ih", "running_mean"]
    let counts = leaves.compactMap { entries[$0]?.shape.elementCount }
    return brick.weightCount.map(counts.contains) ?? true
  }

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
