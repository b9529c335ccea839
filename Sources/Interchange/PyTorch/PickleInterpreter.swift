import Names

/// An interpreter of the part of Python's pickles that describes tensors.
///
/// Nothing is ever executed. It knows only the opcodes that build plain values, and the Python objects of `PickleGlobal`. Any other
/// opcode or object is an error that names it.
struct PickleInterpreter {
  /// The values that the pickle built.
  private(set) var heap = PickleHeap()
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var reader: PickleReader
  private var valueCount = 0
  private let storageOf: (PickleHeap, [PickleValue]) -> PickleHeap.Storage?

  /// The largest number of values that a pickle may build. It bounds the memory.
  private static let largestValueCount = 1 << 22

  /// The offset after the pickle.
  var position: Int { reader.position }

  /// An interpreter of the pickle at an offset.
  ///
  /// - Parameter storageOf: Makes a storage from the tuple of a persistent identifier, or nil if it does not know the tuple.
  init(
    _ region: ByteRegion, at offset: Int = 0,
    storageOf: @escaping (PickleHeap, [PickleValue]) -> PickleHeap.Storage? = PickleInterpreter.storage
  ) {
    reader = PickleReader(region, at: offset)
    self.storageOf = storageOf
  }

  /// Interprets the pickle.
  ///
  /// - Returns: The value that the pickle builds.
  /// - Throws: `InterchangeError` with code `.unsupported` for unknown opcodes and objects, `.malformed`, or `.inputOutput`.
  mutating func run() throws(InterchangeError) -> PickleValue {
    while true {
      let offset = reader.position
      let opcode = try reader.byte()
      if opcode == UInt8(ascii: ".") { return try pop() }
      try step(opcode, at: offset)
      valueCount += 1
      guard valueCount <= Self.largestValueCount else {
        throw reader.error(.unsupported, "the pickle builds more than \(Self.largestValueCount) values")
      }
    }
  }

  private mutating func step(_ opcode: UInt8, at offset: Int) throws(InterchangeError) {
    switch opcode {
    case 0x80:  // PROTO
      let version = try reader.byte()
      guard version <= 5 else {
        throw reader.error(.unsupported, "the pickle has version \(version); at most 5 is read")
      }
    case 0x95: _ = try reader.size(8)  // FRAME
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.boolean(true))
    case 0x89: stack.append(.boolean(false))
    case UInt8(ascii: "K"): stack.append(.integer(Int(try reader.byte())))
    case UInt8(ascii: "M"): stack.append(.integer(try reader.size(2)))
    case UInt8(ascii: "J"): stack.append(.integer(Int(Int32(truncatingIfNeeded: try reader.size(4)))))
    case 0x8A: stack.append(try long(Int(try reader.byte())))
    case UInt8(ascii: "G"):
      stack.append(.real(Double(bitPattern: try reader.bytes(8).reduce(0) { $0 << 8 | UInt64($1) })))
    case UInt8(ascii: "X"): stack.append(.text(try reader.text(reader.size(4))))
    case 0x8C: stack.append(.text(try reader.text(Int(reader.byte()))))
    case 0x8D: stack.append(.text(try reader.text(reader.size(8))))
    case UInt8(ascii: "U"): try appendBytes(Int(reader.byte()), isText: true)  // SHORT_BINSTRING
    case UInt8(ascii: "T"): try appendBytes(reader.size(4), isText: true)  // BINSTRING
    case UInt8(ascii: "C"): try appendBytes(Int(reader.byte()), isText: false)  // SHORT_BINBYTES
    case UInt8(ascii: "B"): try appendBytes(reader.size(4), isText: false)  // BINBYTES
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: ")"): appendTuple([])
    case 0x85: try appendTuple(pop(1))
    case 0x86: try appendTuple(pop(2))
    case 0x87: try appendTuple(pop(3))
    case UInt8(ascii: "t"): try appendTuple(popToMark())
    case UInt8(ascii: "]"), 0x8F:  // EMPTY_LIST, EMPTY_SET
      stack.append(.list(heap.lists.count))
      heap.lists.append([])
    case UInt8(ascii: "}"): appendDictionary()
    case UInt8(ascii: "a"): try extend([pop()])
    case UInt8(ascii: "e"), 0x90: try extend(popToMark())  // APPENDS, ADDITEMS
    case UInt8(ascii: "s"): try setItems(pop(2))
    case UInt8(ascii: "u"): try setItems(popToMark())
    case UInt8(ascii: "q"): memo[Int(try reader.byte())] = try top()
    case UInt8(ascii: "r"): memo[try reader.size(4)] = try top()
    case 0x94: memo[memo.count] = try top()  // MEMOIZE
    case UInt8(ascii: "h"): stack.append(try memoized(Int(reader.byte())))
    case UInt8(ascii: "j"): stack.append(try memoized(reader.size(4)))
    case UInt8(ascii: "c"): stack.append(try global(module: reader.line(), name: reader.line()))
    case 0x93:  // STACK_GLOBAL
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw reader.error(.malformed, "the pickle names an object with a value that is not text")
      }
      stack.append(try global(module: module.text, name: name.text))
    case UInt8(ascii: "Q"): try appendStorage()
    case UInt8(ascii: "R"), 0x81: try call()  // REDUCE, NEWOBJ
    case UInt8(ascii: "b"): try build()
    default:
      let name = "0x" + String(opcode, radix: 16, uppercase: true)
      throw reader.error(
        .unsupported,
        "the pickle has the opcode \(name) at byte \(offset), which a file of tensors does not need; "
          + PyTorchFile.saveAdvice)
    }
  }
}

// MARK: - The stack

extension PickleInterpreter {
  private mutating func pop() throws(InterchangeError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
      throw reader.error(.malformed, "the pickle uses a value that it never made")
    }
    return value
  }

  private mutating func pop(_ count: Int) throws(InterchangeError) -> [PickleValue] {
    guard stack.count - count >= marks.last ?? 0 else {
      throw reader.error(.malformed, "the pickle uses values that it never made")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(InterchangeError) -> [PickleValue] {
    guard let mark = marks.popLast(), mark <= stack.count else {
      throw reader.error(.malformed, "the pickle uses a mark that it never set")
    }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private func top() throws(InterchangeError) -> PickleValue {
    guard let value = stack.last else {
      throw reader.error(.malformed, "the pickle stores a value that it never made")
    }
    return value
  }

  private func memoized(_ key: Int) throws(InterchangeError) -> PickleValue {
    guard let value = memo[key] else {
      throw reader.error(.malformed, "the pickle uses a stored value that it never stored")
    }
    return value
  }

  private mutating func long(_ count: Int) throws(InterchangeError) -> PickleValue {
    let bytes = try reader.bytes(count)
    guard count <= 8 else { return .opaque }
    let fill: UInt64 = (bytes.last ?? 0) & 0x80 == 0 ? 0 : .max
    return .integer(Int(truncatingIfNeeded: bytes.reversed().reduce(fill) { $0 << 8 | UInt64($1) }))
  }

  private mutating func appendBytes(_ count: Int, isText: Bool) throws(InterchangeError) {
    let bytes = try reader.bytes(count)
    // Python 2 wrote text in this way.
    stack.append(isText ? String(validating: bytes, as: UTF8.self).map { .text(Name($0)) } ?? .bytes : .bytes)
  }

  private mutating func appendTuple(_ elements: [PickleValue]) {
    stack.append(.tuple(heap.tuples.count))
    heap.tuples.append(elements)
  }

  private mutating func appendDictionary(_ items: [(key: PickleValue, value: PickleValue)] = []) {
    stack.append(.dictionary(heap.dictionaries.count))
    heap.dictionaries.append(items)
  }

  private mutating func extend(_ elements: [PickleValue]) throws(InterchangeError) {
    guard case .list(let index) = try top() else {
      throw reader.error(.malformed, "the pickle appends to something that is not a list")
    }
    heap.lists[index] += elements
    valueCount += elements.count
  }

  private mutating func setItems(_ values: [PickleValue]) throws(InterchangeError) {
    guard case .dictionary(let index) = try top(), values.count.isMultiple(of: 2) else {
      throw reader.error(.malformed, "the pickle adds items to something that is not a dictionary")
    }
    for position in stride(from: 0, to: values.count, by: 2) {
      heap.dictionaries[index].append((values[position], values[position + 1]))
    }
  }
}

// MARK: - Objects

extension PickleInterpreter {
  private func global(module: String, name: String) throws(InterchangeError) -> PickleValue {
    guard let global = PickleGlobal(module: module, name: name) else {
      let printable = "\(module).\(name)".filter { $0.isASCII && !$0.isNewline && $0 >= " " }
      throw reader.error(
        .unsupported,
        "the file needs the Python object \"\(printable)\", which could run code and is not loaded; "
          + PyTorchFile.saveAdvice)
    }
    return .global(global)
  }

  private mutating func appendStorage() throws(InterchangeError) {
    guard let parts = heap.elements(try pop()), let storage = storageOf(heap, parts) else {
      throw reader.error(.malformed, "the pickle refers to a storage in an unknown way")
    }
    stack.append(.storage(heap.storages.count))
    heap.storages.append(storage)
  }

  /// The storage of a tuple `("storage", type, key, location, count)`. A sixth element is a view in the format before ZIP archives.
  static func storage(_ heap: PickleHeap, _ parts: [PickleValue]) -> PickleHeap.Storage? {
    guard parts.count == 5 || parts.count == 6, parts[0] == .text("storage"), case .text(let key) = parts[2],
      case .integer(let count) = parts[4], count >= 0
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
  private mutating func call() throws(InterchangeError) {
    guard let arguments = heap.elements(try pop()), case .global(let global) = try pop() else {
      throw reader.error(.malformed, "the pickle calls a value that is not a function")
    }
    func argument(_ index: Int) -> PickleValue? { arguments.indices.contains(index) ? arguments[index] : nil }
    switch global {
    case .orderedDictionary:
      var items: [(key: PickleValue, value: PickleValue)] = []
      for pair in argument(0).flatMap(heap.elements) ?? [] {
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

  /// The view of `_rebuild_tensor_v2(storage, offset, size, stride, …)`. The seventh argument of version 3 is the type.
  private mutating func view(_ arguments: [PickleValue]) throws(InterchangeError) -> Int {
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

  /// Attributes of dictionaries and tensors, such as the versions of modules, do not matter for tensors.
  private mutating func build() throws(InterchangeError) {
    _ = try pop()
    switch try top() {
    case .dictionary, .tensor, .opaque: return
    default: throw reader.error(.malformed, "the pickle sets attributes of a value that cannot have any")
    }
  }
}
