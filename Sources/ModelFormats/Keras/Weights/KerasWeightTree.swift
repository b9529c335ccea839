import ComputationGraphs
import Names

/// A variable of a Keras model: the brick that has its tensor, and its path in each of the two layouts of files.
struct KerasVariable {
  /// The path of the brick, such as `/outer/my_bn`.
  let brick: Name
  let weight: KerasWeight
  /// The path of the group in a `.weights.h5` file, such as `layers/sequential/layers/batch_normalization/vars`.
  let group: Name
  /// The name of the dataset in the group, which is a number.
  let number: Int
  /// The name in a legacy file, such as `outer/my_bn/gamma`.
  let legacyName: Name
  /// Whether an optimizer may change the variable. It may not change moving statistics, or variables of a layer that is frozen or
  /// inside a frozen layer.
  let isTrainable: Bool
}

/// A layer with its variables and the variables of the layers below it, in Keras's order.
struct KerasVariableGroup {
  /// The layer's name.
  let layer: Name
  let variables: [KerasVariable]
  /// The paths of the `vars` groups of all layers and cells, with their bricks and names, in Keras's order of saving.
  let storedGroups: [(path: Name, brick: Name, name: Name)]

  /// The variables in the order of legacy files: trainable variables first.
  var legacyOrder: [KerasVariable] { variables.filter(\.isTrainable) + variables.filter { !$0.isTrainable } }
}

extension KerasNetwork {
  /// The layers that are saved, with all their variables.
  ///
  /// - Parameters:
  ///   - brick: The path of the network's brick; empty for the outermost network.
  ///   - group: The path of the network's group in a `.weights.h5` file, with a slash at the end.
  func variableGroups(
    brick: Name = "", group: Name = "", legacyPath: Name = "", isTrainable: Bool = true
  ) -> [KerasVariableGroup] {
    var counts: [Name: Int] = [:]
    return savedLayers.map { layer in
      let snake = layer.className.snakeCase
      let count = counts[snake, default: 0]
      counts[snake] = count + 1
      let own: Name = "\(group)layers/\(count == 0 ? snake : "\(snake)_\(count)")"
      return layer.variableGroup(
        brick: "\(brick)/\(layer.brickName)", group: own, legacyPath: legacyPath, isTrainable: isTrainable)
    }
  }
}

extension KerasLayer {
  /// The variables of the layer, and the variables of the layers below it.
  func variableGroup(brick: Name, group: Name, legacyPath: Name, isTrainable: Bool) -> KerasVariableGroup {
    let isTrained = isTrainable && self.isTrainable
    let legacy: Name = legacyPath.isEmpty ? name : "\(legacyPath)/\(name)"
    var variables: [KerasVariable] = []
    var stored: [(path: Name, brick: Name, name: Name)] = [("\(group)/vars", brick, name)]
    switch content {
    case .input: break
    case .operation(let operation):
      var own: Name = group
      var ownLegacy = legacy
      if let cell = operation.cellName {
        own = "\(group)/cell"
        ownLegacy = "\(legacy)/\(cell)"
        stored.append(("\(own)/vars", brick, cell))
      }
      for (number, weight) in operation.weights.enumerated() {
        variables.append(
          KerasVariable(
            brick: brick, weight: weight, group: "\(own)/vars", number: number,
            legacyName: "\(ownLegacy)/\(weight.name)", isTrainable: isTrained && weight.isTrainable))
      }
      for (attribute, layer) in operation.children {
        let below = layer.variableGroup(
          brick: "\(brick)/\(layer.brickName)", group: "\(group)/\(attribute)", legacyPath: legacy,
          isTrainable: isTrained)
        variables += below.variables
        stored += below.storedGroups
      }
    case .network(let network):
      let below = network.variableGroups(
        brick: brick, group: "\(group)/", legacyPath: legacy, isTrainable: isTrained)
      variables = below.flatMap(\.variables)
      stored += below.flatMap(\.storedGroups)
    }
    return KerasVariableGroup(layer: name, variables: variables, storedGroups: stored)
  }
}

extension Name {
  /// The name of the group for a class in Keras: `BatchNormalization` → `batch_normalization`, `Conv2D` → `conv2d`.
  var snakeCase: Name {
    let letters = text.unicodeScalars.filter { $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0) }
    let scalars = Array(letters)
    func isUpper(_ index: Int) -> Bool { scalars.indices.contains(index) && ("A"..."Z").contains(scalars[index]) }
    func isLower(_ index: Int) -> Bool { scalars.indices.contains(index) && ("a"..."z").contains(scalars[index]) }
    var result = ""
    for index in scalars.indices {
      // A word begins at a capital letter that comes before or after a small letter.
      let begins = index > 0 && isUpper(index) && (isLower(index + 1) || isLower(index - 1))
      if begins, scalars[index - 1] != "_" { result += "_" }
      result.unicodeScalars.append(scalars[index])
    }
    return Name(result.lowercased())
  }
}
