import Limits

extension PickleInterpreter {
  /// The largest number of arguments of a call. The functions of PyTorch have at most eight. A pickle can call a function with the same
  /// arguments many times, and each call looks at all of them.
  private static var largestArgumentCount: Int { 64 }
  /// The largest number of bytes of the key of a storage. PyTorch's keys are numbers.
  private static var largestKeyByteCount: Int { 256 }

  /// Returns the Python object with a name, or throws an error if the object is not in `PickleGlobal`.
  func global(module: String, name: String) throws(InterchangeError) -> PickleValue {
    guard let global = PickleGlobal(module: module, name: name) else {
      let printable = "\(module).\(name)".filter { $0.isASCII && !$0.isNewline && $0 >= " " }
      throw reader.error(
        .unsupported,
        "the file needs the Python object \"\(printable)\", which could run code and is not loaded; "
          + PyTorchFile.saveAdvice)
    }
    return .global(global)
  }

  /// Pops a persistent identifier from the stack, and pushes the storage that it describes.
  mutating func appendStorage() throws(InterchangeError) {
    guard let parts = heap.elements(try pop()), let storage = storageOf(heap, parts) else {
      throw reader.error(.malformed, "the pickle refers to a storage in an unknown way")
    }
    stack.append(.storage(heap.storages.count))
    heap.storages.append(storage)
  }

  /// Makes the storage that a tuple `("storage", type, key, location, count)` describes; nil for any other tuple. In files of
  /// PyTorch before 1.6, a sixth element can restrict the storage to a range of its elements.
  static func storage(_ heap: PickleHeap, _ parts: [PickleValue]) -> PickleHeap.Storage? {
    guard parts.count == 5 || parts.count == 6, parts[0] == .text("storage"), case .text(let key) = parts[2],
      case .integer(let count) = parts[4], count >= 0, key.text.utf8.count <= largestKeyByteCount
    else { return nil }
    var storage: PickleHeap.Storage
    switch parts[1] {
    case .global(.storage(let type)): storage = PickleHeap.Storage(key: key, type: type, count: count)
    case .global(.untypedStorage): storage = PickleHeap.Storage(key: key, type: nil, count: count)
    default: return nil
    }
    guard parts.count == 6, parts[5] != .none else { return storage }
    guard let view = heap.elements(parts[5]), view.count == 3, case .integer(let offset) = view[1],
      case .integer(let viewCount) = view[2], offset >= 0, viewCount >= 0, offset <= count, viewCount <= count - offset
    else { return nil }
    (storage.offset, storage.count) = (offset, viewCount)
    return storage
  }

  /// Builds the value that a call of a known object would return.
  mutating func call() throws(InterchangeError) {
    guard let arguments = heap.elements(try pop()), case .global(let global) = try pop() else {
      throw reader.error(.malformed, "the pickle calls a value that is not a function")
    }
    guard arguments.count <= Self.largestArgumentCount else {
      throw reader.error(.malformed, "the pickle calls a function with \(arguments.count) arguments")
    }
    func argument(_ index: Int) -> PickleValue? { arguments.indices.contains(index) ? arguments[index] : nil }
    switch global {
    case .orderedDictionary:
      var items: [(key: PickleValue, value: PickleValue)] = []
      let pairs = argument(0).flatMap(heap.elements) ?? []
      try count(pairs.count)
      for pair in pairs {
        guard let parts = heap.elements(pair), parts.count == 2 else {
          throw reader.error(.malformed, "the pickle makes a dictionary from values that are not pairs")
        }
        items.append((parts[0], parts[1]))
      }
      appendDictionary(items)
    case .rebuildTensor: stack.append(.tensor(try view(arguments)))
    case .rebuildParameter, .tensorType:
      guard let tensor = argument(0), case .tensor = tensor else {
        throw reader.error(.malformed, "the pickle makes a parameter from a value that is not a tensor")
      }
      stack.append(tensor)
    case .rebuildFromType:
      // The arguments are the function to call, a subclass of tensors, the function's arguments, and attributes.
      guard let function = argument(0), let inner = argument(2) else {
        throw reader.error(.malformed, "the pickle makes a tensor without its function and arguments")
      }
      // Otherwise a list that contains itself could be its own function's arguments, without an end.
      guard function != .global(.rebuildFromType) else {
        throw reader.error(.malformed, "the pickle makes a tensor by a function that is its own argument")
      }
      stack.append(function)
      stack.append(inner)
      try call()
    case .size: stack.append(argument(0) ?? .opaque)
    case .device, .typedStorage, .untypedStorage, .type, .storage: stack.append(.opaque)
    case .unreadable(let kind):
      throw reader.error(
        .unsupported, "the file holds \(kind), which are not read; save dense tensors (tensor.to_dense())")
    }
  }

  /// Adds the tensor that `_rebuild_tensor_v2(storage, offset, size, stride, …)` would return to the heap, and returns its index. In
  /// `_rebuild_tensor_v3`, the seventh argument is the type of the elements.
  private mutating func view(_ arguments: [PickleValue]) throws(InterchangeError) -> Int {
    let limit = ReadingLimits.current.rank
    for case let axes? in arguments.dropFirst(2).prefix(2).map(heap.elements) {
      // A pickle can use the same list for many tensors, and each tensor copies it.
      guard axes.count <= limit else {
        throw reader.error(
          .malformed, LimitProblem(name: nil, "makes a tensor of \(axes.count) axes", "rank", limit).message)
      }
      try count(axes.count)
    }
    guard arguments.count >= 4, case .storage(let index) = arguments[0], case .integer(let offset) = arguments[1],
      let extents = heap.integers(arguments[2]), let strides = heap.integers(arguments[3])
    else {
      throw reader.error(
        .malformed, "the pickle makes a tensor from values that are not a storage, an offset, a size and strides")
    }
    var type = heap.storages[index].type
    for case .global(.type(let stated)) in arguments.dropFirst(4) { type = stated }
    guard let type else { throw reader.error(.malformed, "the pickle makes a tensor of bytes without a type") }
    heap.views.append(PickleHeap.View(storage: index, type: type, offset: offset, extents: extents, strides: strides))
    return heap.views.count - 1
  }

  /// Discards attributes of a dictionary or tensor, such as the versions of modules, because they do not change tensors.
  mutating func build() throws(InterchangeError) {
    _ = try pop()
    switch try top() {
    case .dictionary, .tensor, .opaque: return
    default: throw reader.error(.malformed, "the pickle sets attributes of a value that cannot have any")
    }
  }
}
