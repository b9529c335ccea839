import ComputationGraphs
import Interchange
import Messages
import Names

/// A match of modules with bricks, whose tensors belong together.
struct StateMatching {
  /// The pairs in the order of the file.
  private(set) var pairs: [(module: StateModule, brick: StateBrick)] = []
  /// Facts that the user should check, as sentences without a final period.
  private(set) var warnings: [String] = []

  private var modules: [StateModule]
  private var bricks: [StateBrick]
  private let file: TensorFile

  /// Matches the modules of a file with the bricks of a model.
  ///
  /// - Parameter map: The path of the brick for some modules. The other modules are matched by name.
  /// - Throws: `ModelFormatError` with code `.notRepresentable` if a module or a brick has no counterpart.
  init(_ file: TensorFile, _ model: Model, map: [Name: Name]) throws(ModelFormatError) {
    (modules, bricks) = (StateModule.modules(of: file), StateBrick.bricks(of: model))
    self.file = file
    let places = Dictionary(modules.enumerated().map { ($1.name, $0) }) { first, _ in first }
    try matchByMap(map)
    let count = modules.count
    matchByName()
    // Only some formats keep the order of modules. If a name agrees, the other names are wrong, and the order is no evidence.
    if !modules.isEmpty, modules.count == count, modules.count == bricks.count, file.keepsOrder || count == 1 {
      matchByOrder()
    }
    try checkRest()
    pairs.sort { places[$0.module.name] ?? 0 < places[$1.module.name] ?? 0 }
    for (module, brick) in pairs { try check(module, fits: brick) }
  }

  private func refusal(_ message: String, _ object: Name? = nil) -> ModelFormatError {
    ModelFormatError(.notRepresentable, message, path: file.path, object: object)
  }

  private mutating func pair(_ module: Int, _ brick: Int) {
    pairs.append((modules.remove(at: module), bricks.remove(at: brick)))
  }

  private mutating func matchByMap(_ map: [Name: Name]) throws(ModelFormatError) {
    let names = (modules: modules.map(\.name.text), bricks: bricks.map(\.path.text))
    for (module, brick) in map.sorted(by: { $0.key < $1.key }) {
      guard let moduleIndex = modules.firstIndex(where: { $0.name == module }) else {
        throw refusal(
          "the map names the module \"\(module)\", which the file does not have. "
            + suggestion(for: module.text, among: names.modules, noun: "module"))
      }
      guard let brickIndex = bricks.firstIndex(where: { $0.path == brick }) else {
        throw refusal(
          "the map names the brick \"\(brick)\", which the architecture does not have. "
            + suggestion(for: brick.text, among: names.bricks, noun: "brick"))
      }
      pair(moduleIndex, brickIndex)
    }
  }

  /// Matches modules and bricks of the same name. Parts of the name that all modules or all bricks have in front are ignored, if this
  /// gives more matches.
  private mutating func matchByName() {
    let (moduleNames, brickNames) = (modules.map(\.components), bricks.map(\.components))
    var best: [(module: Int, brick: Int)] = []
    for ownCount in 0...commonPrefixCount(moduleNames) {
      for brickCount in 0...commonPrefixCount(brickNames) {
        let places = Dictionary(
          brickNames.enumerated().map { (Array($1.dropFirst(brickCount)), $0) }
        ) { first, _ in first }
        var taken: Set<Int> = []
        let matches = modules.indices.compactMap { module -> (module: Int, brick: Int)? in
          let spellings = modules[module].spellings(without: ownCount)
          guard let brick = spellings.lazy.compactMap({ places[$0] }).first, taken.insert(brick).inserted else {
            return nil
          }
          return (module, brick)
        }
        if matches.count > best.count { best = matches }
      }
    }
    let matches = best + uniqueEndings(without: best)
    for (module, brick) in matches { pairs.append((modules[module], bricks[brick])) }
    modules = modules.enumerated().filter { entry in !matches.contains { $0.module == entry.offset } }.map(\.element)
    bricks = bricks.enumerated().filter { entry in !matches.contains { $0.brick == entry.offset } }.map(\.element)
  }

  /// The pairs in which the name of one side is the end of the name of the other side, and of no other name. Descriptions need bricks
  /// that a module does not have, such as `/net/features/conv` for `conv`.
  private func uniqueEndings(without known: [(module: Int, brick: Int)]) -> [(module: Int, brick: Int)] {
    let (knownModules, knownBricks) = (Set(known.map(\.module)), Set(known.map(\.brick)))
    let free = bricks.indices.filter { !knownBricks.contains($0) }.map { ($0, bricks[$0].components) }
    var partners: [Int: [Int]] = [:]
    for module in modules.indices where !knownModules.contains(module) {
      let spellings = modules[module].spellings(without: 0)
      let fitting = free.filter { _, brick in
        spellings.contains { $0.ends(with: brick) || brick.ends(with: $0) }
      }
      if fitting.count == 1 { partners[fitting[0].0, default: []].append(module) }
    }
    return partners.sorted { $0.key < $1.key }.compactMap { brick, modules in
      modules.count == 1 ? (modules[0], brick) : nil
    }
  }

  private mutating func matchByOrder() {
    if modules.count > 1 {
      let examples = zip(modules, bricks).map { "\($0.name) → \($1.path)" }
      warnings.append(
        "no module has the name of a brick, so they are matched in their order: \(listed(examples, limit: 6)). Check the order, or give "
          + "--map")
    }
    pairs += zip(modules, bricks).map { ($0, $1) }
    (modules, bricks) = ([], [])
  }

  // MARK: Checks

  private func checkRest() throws(ModelFormatError) {
    for module in modules where module.kinds.isEmpty { throw unknown(module) }
    guard !modules.isEmpty || !bricks.isEmpty else { return }
    func list(_ names: [String]) -> String { names.isEmpty ? "none" : listed(names, limit: 6) }
    let rest =
      "modules and bricks belong together by their names, and these are left over: the modules \(list(modules.map(\.name.text))), and the "
      + "bricks \(list(bricks.map(\.path.text)))"
    guard modules.count == bricks.count else {
      throw refusal("\(rest). Change the names or the configuration, or give --map MAP.json for renamed modules")
    }
    let entries = modules.prefix(6).map { module in
      let fitting = bricks.filter { module.fits($0) }
      let isCertain = fitting.count == 1 && modules.filter { $0.fits(fitting[0]) }.count == 1
      return "\"\(module.name)\": \"\(isCertain ? fitting[0].path.text : "BRICK")\""
    }
    let more = modules.count > 6 ? ", …" : ""
    let advice = entries.contains { $0.hasSuffix("\"BRICK\"") } ? ", with the right brick for each BRICK" : ""
    throw refusal("\(rest). Give --map MAP.json, a file with {\(entries.joined(separator: ", "))\(more)}\(advice)")
  }

  private func check(_ module: StateModule, fits brick: StateBrick) throws(ModelFormatError) {
    guard !module.kinds.isEmpty else { throw unknown(module) }
    guard let kind = brick.kind, module.kinds.contains(kind) else {
      let kinds = module.kinds.map(\.rawValue).sorted().joined(separator: " or ")
      throw refusal(
        "is \(kinds), but \(brick.path) is \(brick.meaning); change the configuration, or give --map", module.name)
    }
  }

  private func unknown(_ module: StateModule) -> ModelFormatError {
    refusal(
      "has the tensors \(listed(module.entries.keys.map(\.text).sorted(), limit: 6)). --architecture maps linear layers, convolutions "
        + "of images, embeddings, RNN, LSTM and GRU, and batch, layer and group normalizations; for other layers, write the model with "
        + "torch.onnx.export, and convert the .onnx file", module.name)
  }
}

/// The number of components that all names have in front, without the last component of any name.
private func commonPrefixCount(_ names: [[Name]]) -> Int {
  guard let first = names.first else { return 0 }
  return names.reduce(max(first.count - 1, 0)) { count, name in
    let common = zip(first, name.dropLast()).prefix { $0 == $1 }.count
    return min(count, common)
  }
}

extension Collection<Name> where Self: BidirectionalCollection {
  fileprivate func ends(with other: some BidirectionalCollection<Name>) -> Bool {
    !other.isEmpty && reversed().starts(with: other.reversed())
  }
}

extension TensorFile {
  /// Whether the tensors are in the order of the modules. Safetensors files are sorted by type and name.
  fileprivate var keepsOrder: Bool { format == .pyTorch }
}
