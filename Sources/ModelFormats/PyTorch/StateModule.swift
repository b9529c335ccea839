import ComputationGraphs
import Interchange
import Names

/// The kinds of modules and bricks that belong together.
enum StateKind: String {
  case linear = "a linear layer"
  case convolution = "a convolution"
  case normalization = "a batch normalization"
}

/// A module of a state dictionary: the tensors whose names have the same beginning.
struct StateModule {
  let name: Name
  private(set) var entries: [Name: TensorFile.Entry] = [:]

  /// The modules in the order of their first tensors.
  static func modules(of file: TensorFile) -> [StateModule] {
    var modules: [StateModule] = []
    var indices: [Name: Int] = [:]
    for entry in file.entries {
      let (name, leaf) = entry.name.splitAtLast(".") ?? ("", entry.name)
      let index = indices[name] ?? modules.count
      if index == modules.count {
        modules.append(StateModule(name: name))
        indices[name] = index
      }
      modules[index].entries[leaf] = entry
    }
    return modules
  }

  /// The path of a brick of the same name.
  var brickPath: Name { "/\(name.split(at: ".").joined(separator: "/"))" }

  var kind: StateKind? {
    if entries["running_mean"] != nil, entries["running_var"] != nil { return .normalization }
    switch entries["weight"]?.shape.rank {
    case 2: return .linear
    case 4: return .convolution
    default: return nil
    }
  }
}

/// A brick of a model with tensors of its own.
struct StateBrick {
  let path: Name
  let tensors: [Name: TensorPath]
  let kind: StateKind?

  /// The bricks with tensors, in the order of the tree.
  static func bricks(of model: Model) -> [StateBrick] {
    var tensors: [Name: [Name: TensorPath]] = [:]
    for path in model.tensors.keys { tensors[path.brick, default: [:]][path.name] = path }
    func bricks(_ nodes: [BrickNode], in parent: Name) -> [StateBrick] {
      nodes.flatMap { node -> [StateBrick] in
        let path: Name = "\(parent)/\(node.name)"
        let own = tensors[path].map { [StateBrick(path, $0, in: model)] } ?? []
        return own + bricks(node.children, in: path)
      }
    }
    return bricks(model.bricks, in: "")
  }

  private init(_ path: Name, _ tensors: [Name: TensorPath], in model: Model) {
    self.path = path
    self.tensors = tensors
    if tensors["population_mean"] != nil, tensors["population_stdev"] != nil {
      kind = .normalization
    } else if let rank = tensors["W"].flatMap({ model.tensors[$0]?.shape.rank }),
      tensors.count == (tensors["b"] == nil ? 1 : 2)
    {
      kind = rank == 2 ? .linear : rank == 4 ? .convolution : nil
    } else {
      kind = nil
    }
  }
}
