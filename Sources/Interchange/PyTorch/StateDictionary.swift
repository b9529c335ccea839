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
  /// The largest number of bytes of all names together. A dictionary with a long key can be part of many dictionaries.
  private static let largestNameByteCount = 1 << 26
  private static let wrapperPrefix: Name = "module."
  /// The number of averaged models, which `torch.optim.swa_utils.AveragedModel` adds to the tensors of the average.
  package static let averageCount: Name = "n_averaged"

  /// Takes the tensors of a set from the object that a pickle builds.
  ///
  /// - Parameter set: The key of the set to take, with `.` between the keys of nested dictionaries; nil for the default set.
  /// - Throws: `InterchangeError` with code `.unsupported` if there are no tensors, `.noSuchMember` if there is no such set, or
  ///   `.malformed`.
  init(_ root: PickleValue, _ heap: PickleHeap, set: Name?, path: String) throws(InterchangeError) {
    let content = DictionaryContent(heap)
    let sets = StateDictionary.sets(of: root, heap, content)
    var chosen = root
    if let set {
      guard let value = sets.first(where: { $0.key == set })?.value else {
        let advice = suggestion(for: set.text, among: sets.map(\.key.text), noun: "set of tensors")
        throw InterchangeError(.noSuchMember, "there is no set of tensors \"\(set)\". \(advice)", path: path)
      }
      chosen = value
      notes.append("took the tensors of \"\(set)\"")
    } else if let (key, value) = Self.usualKeys.lazy.compactMap({ key in sets.first { $0.key == key } }).first
      ?? (content.hasTensors(root) ? nil : Self.only(sets))
    {
      chosen = value
      notes.append("took the tensors of \"\(key)\"")
      let others = sets.map(\.key).filter { $0 != key }
      if !others.isEmpty {
        notes.append("the file also holds \(listed(others.map { "\"\($0)\"" }, limit: 6)); choose with --set")
      }
    }
    var work = Work()
    try collect(chosen, heap, prefix: "", level: 1, &work, path: path)
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
  private static func sets(
    of root: PickleValue, _ heap: PickleHeap, _ content: DictionaryContent
  ) -> [(key: Name, value: PickleValue)] {
    guard case .dictionary(let index) = root else { return [] }
    return heap.dictionaries[index].compactMap { item in
      guard case .text(let key) = item.key, content.hasTensors(item.value) || content.hasNestedTensors(item.value)
      else { return nil }
      return (key, item.value)
    }
  }

  /// Returns the only set that does not belong to an optimizer; nil if there are several or none.
  private static func only(_ sets: [(key: Name, value: PickleValue)]) -> (key: Name, value: PickleValue)? {
    let models = sets.filter { !$0.key.text.lowercased().contains("optim") }
    return models.count == 1 ? models[0] : nil
  }

  /// The work of collecting tensors. Containers can be part of many containers, so a small pickle can cause any amount of work.
  private struct Work {
    var visitCount = 0
    var nameByteCount = 0
  }

  private mutating func collect(
    _ value: PickleValue, _ heap: PickleHeap, prefix: String, level: Int, _ work: inout Work, path: String
  ) throws(InterchangeError) {
    work.visitCount += 1
    guard level <= Self.deepestLevel else {
      throw InterchangeError(
        .malformed, "dictionaries are nested more than \(Self.deepestLevel) levels deep, or contain themselves",
        path: path)
    }
    guard work.visitCount <= Self.largestVisitCount else {
      throw InterchangeError(
        .malformed, "nested dictionaries and lists have more than \(Self.largestVisitCount) items together", path: path)
    }
    work.nameByteCount += prefix.utf8.count
    guard work.nameByteCount <= Self.largestNameByteCount else {
      throw InterchangeError(
        .malformed, "the names in nested dictionaries have more than \(Self.largestNameByteCount) bytes together",
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
        guard let value = values.removeValue(forKey: item.key) else {
          work.visitCount += 1
          continue
        }
        let key: String
        switch item.key {
        case .text(let text): key = text.text
        case .integer(let integer): key = String(integer)
        default:
          work.visitCount += 1
          continue
        }
        try collect(value, heap, prefix: name(key), level: level + 1, &work, path: path)
      }
    case .list, .tuple:
      for (number, element) in (heap.elements(value) ?? []).enumerated() {
        try collect(element, heap, prefix: name(String(number)), level: level + 1, &work, path: path)
      }
    default: return
    }
  }
}

/// The dictionaries of a pickle that have tensors. Each dictionary is examined once, even if it is part of many others.
private struct DictionaryContent {
  private let haveTensors: [Bool]
  private let haveNestedTensors: [Bool]

  init(_ heap: PickleHeap) {
    let haveTensors = heap.dictionaries.map { $0.contains { if case .tensor = $0.value { true } else { false } } }
    haveNestedTensors = heap.dictionaries.map { items in
      items.contains { if case .dictionary(let index) = $0.value { haveTensors[index] } else { false } }
    }
    self.haveTensors = haveTensors
  }

  /// Whether a value is a dictionary with tensors.
  func hasTensors(_ value: PickleValue) -> Bool {
    if case .dictionary(let index) = value { haveTensors[index] } else { false }
  }

  /// Whether a value is a dictionary of dictionaries with tensors.
  func hasNestedTensors(_ value: PickleValue) -> Bool {
    if case .dictionary(let index) = value { haveNestedTensors[index] } else { false }
  }
}
