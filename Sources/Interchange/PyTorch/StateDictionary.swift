import Messages
import Names

/// The tensors that are taken from the object in a PyTorch file.
///
/// The object is a state dictionary, or contains several state dictionaries. By default, the state dictionary with the model's current
/// weights is taken.
package struct StateDictionary {
  /// The names, and the indices of the tensors in the heap, in the order of the dictionary.
  private(set) var tensors: [(name: Name, view: Int)] = []
  /// Sentences that say which set was taken.
  private(set) var notes: [String] = []

  /// The keys under which programs keep the parameters of a model. The first key that the file has is taken. Copies that are
  /// averaged during training come last in the list.
  private static let usualKeys: [Name] = [
    "state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "params", "weights",
    "state_dict_ema", "model_ema", "ema_state_dict", "ema_model", "ema", "params_ema",
  ]
  /// The largest depth of nested dictionaries.
  private static let deepestLevel = 32
  private static let largestVisitCount = 1 << 20
  private static let wrapperPrefix: Name = "module."
  /// The number of averaged models, which `torch.optim.swa_utils.AveragedModel` adds to the tensors of the average.
  package static let averageCount: Name = "n_averaged"

  /// Takes the tensors of a set from the object that a pickle builds.
  ///
  /// - Parameter set: The key of the set to take, with `.` between the keys of nested dictionaries; nil for the default set.
  /// - Throws: `InterchangeError` with code `.unsupported` if there are no tensors, `.noSuchMember` if there is no such set, or
  ///   `.malformed`.
  init(_ root: PickleValue, _ heap: PickleHeap, set: Name?, path: String) throws(InterchangeError) {
    let sets = StateDictionary.sets(of: root, heap)
    var chosen = root
    if let set {
      guard let value = sets.first(where: { $0.key == set })?.value else {
        let advice = suggestion(for: set.text, among: sets.map(\.key.text), noun: "set of tensors")
        throw InterchangeError(.noSuchMember, "there is no set of tensors \"\(set)\". \(advice)", path: path)
      }
      chosen = value
      notes.append("took the tensors of \"\(set)\"")
    } else if let (key, value) = Self.usualKeys.lazy.compactMap({ key in sets.first { $0.key == key } }).first
      ?? (Self.hasTensors(root, heap) ? nil : Self.only(sets))
    {
      chosen = value
      notes.append("took the tensors of \"\(key)\"")
      let others = sets.map(\.key).filter { $0 != key }
      if !others.isEmpty {
        notes.append("the file also holds \(listed(others.map { "\"\($0)\"" }, limit: 6)); choose with --set")
      }
    }
    var visitCount = 0
    try collect(chosen, heap, prefix: "", level: 1, &visitCount, path: path)
    guard !tensors.isEmpty else {
      throw InterchangeError(.unsupported, "holds no tensors in dictionaries; \(PyTorchFile.saveAdvice)", path: path)
    }
    let models = tensors.filter { $0.name != Self.averageCount }
    if models.count < tensors.count, removePrefix(from: models) {
      notes.append("ignored \"n_averaged\", and removed the prefix \"module.\" of AveragedModel from all names")
    }
    if removePrefix(from: tensors) {
      notes.append("removed the prefix \"module.\" of parallel training from all names")
    }
  }

  /// Takes the given tensors without the prefix of a wrapper.
  ///
  /// - Returns: Whether all names had the prefix.
  private mutating func removePrefix(from wrapped: [(name: Name, view: Int)]) -> Bool {
    guard !wrapped.isEmpty, wrapped.allSatisfy({ $0.name.hasPrefix(Self.wrapperPrefix) }) else { return false }
    tensors = wrapped.map { (Name(Substring($0.name.text.utf8.dropFirst(Self.wrapperPrefix.utf8.count))), $0.view) }
    return true
  }

  /// The entries of the outermost dictionary that are dictionaries with tensors in them.
  private static func sets(of root: PickleValue, _ heap: PickleHeap) -> [(key: Name, value: PickleValue)] {
    guard case .dictionary(let index) = root else { return [] }
    return heap.dictionaries[index].compactMap { item in
      guard case .text(let key) = item.key, hasTensors(item.value, heap) || hasNestedTensors(item.value, heap) else {
        return nil
      }
      return (key, item.value)
    }
  }

  /// Returns the only set that does not belong to an optimizer; nil if there are several or none.
  private static func only(_ sets: [(key: Name, value: PickleValue)]) -> (key: Name, value: PickleValue)? {
    let models = sets.filter { !$0.key.text.lowercased().contains("optim") }
    return models.count == 1 ? models[0] : nil
  }

  private static func hasTensors(_ value: PickleValue, _ heap: PickleHeap) -> Bool {
    guard case .dictionary(let index) = value else { return false }
    return heap.dictionaries[index].contains { if case .tensor = $0.value { true } else { false } }
  }

  private static func hasNestedTensors(_ value: PickleValue, _ heap: PickleHeap) -> Bool {
    guard case .dictionary(let index) = value else { return false }
    return heap.dictionaries[index].contains { hasTensors($0.value, heap) }
  }

  private mutating func collect(
    _ value: PickleValue, _ heap: PickleHeap, prefix: String, level: Int, _ visitCount: inout Int, path: String
  ) throws(InterchangeError) {
    visitCount += 1
    guard level <= Self.deepestLevel, visitCount <= Self.largestVisitCount else {
      throw InterchangeError(
        .malformed, "dictionaries are nested more than \(Self.deepestLevel) levels deep, or contain themselves",
        path: path)
    }
    func name(_ key: String) -> String { prefix.isEmpty ? key : "\(prefix).\(key)" }
    switch value {
    case .tensor(let view): tensors.append((Name(prefix.isEmpty ? "tensor" : prefix), view))
    case .dictionary(let index):
      // As in Python, a repeated key keeps its first position and gets its last value.
      var values: [PickleValue: PickleValue] = [:]
      for item in heap.dictionaries[index] { values[item.key] = item.value }
      for item in heap.dictionaries[index] {
        guard let value = values.removeValue(forKey: item.key) else { continue }
        let key: String
        switch item.key {
        case .text(let text): key = text.text
        case .integer(let integer): key = String(integer)
        default: continue
        }
        try collect(value, heap, prefix: name(key), level: level + 1, &visitCount, path: path)
      }
    case .list, .tuple:
      for (number, element) in (heap.elements(value) ?? []).enumerated() {
        try collect(element, heap, prefix: name(String(number)), level: level + 1, &visitCount, path: path)
      }
    default: return
    }
  }
}
