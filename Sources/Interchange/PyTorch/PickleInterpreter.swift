import Names

/// An interpreter of the part of Python's pickles that describes tensors.
///
/// The interpreter never executes code. It knows only the opcodes that build numbers, texts and containers, and the
/// Python objects of `PickleGlobal`. For any other opcode or object, it throws an error that names the opcode or object.
struct PickleInterpreter {
  /// The values that the pickle built.
  var heap = PickleHeap()
  var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  var reader: PickleReader
  private var valueCount = 0
  let storageOf: (PickleHeap, [PickleValue]) -> PickleHeap.Storage?

  /// The largest number of values that a pickle may build. Elements of a container that are copied into another container count
  /// again, so that the number limits the memory.
  private static let largestValueCount = 1 << 22

  /// The offset of the next byte. After `run()`, this is the end of the pickle.
  var position: Int { reader.position }

  /// Creates an interpreter of the pickle at an offset.
  ///
  /// - Parameter storageOf: Makes a storage from the tuple of a persistent identifier; returns nil for an unknown tuple.
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
      try count(1)
    }
  }

  /// Counts values before they are added to the heap.
  ///
  /// - Throws: `InterchangeError` with code `.unsupported` if the pickle builds too many values.
  mutating func count(_ newCount: Int) throws(InterchangeError) {
    valueCount += newCount
    guard valueCount <= Self.largestValueCount else {
      throw reader.error(.unsupported, "the pickle builds more than \(Self.largestValueCount) values")
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
  mutating func pop() throws(InterchangeError) -> PickleValue {
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

  func top() throws(InterchangeError) -> PickleValue {
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

  mutating func appendDictionary(_ items: [(key: PickleValue, value: PickleValue)] = []) {
    stack.append(.dictionary(heap.dictionaries.count))
    heap.dictionaries.append(items)
  }

  private mutating func extend(_ elements: [PickleValue]) throws(InterchangeError) {
    guard case .list(let index) = try top() else {
      throw reader.error(.malformed, "the pickle appends to something that is not a list")
    }
    try count(elements.count)
    heap.lists[index] += elements
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
