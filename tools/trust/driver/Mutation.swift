/// Changes of bytes that fit any format.
enum Mutation {
  /// Numbers that readers often handle wrongly.
  static let numbers: [Int64] = [
    0, 1, -1, 2, 3, 7, 8, 9, 16, 31, 32, 33, 63, 64, 127, 128, 255, 256, 511, 512, 513, 1023, 4095, 4096, 65535, 65536,
    1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 40, (1 << 53) + 1, (1 << 62) - 1, 1 << 62, .max, .min,
  ]

  /// Changes an input at one to four positions.
  static func bytes(_ input: inout [UInt8], _ generator: inout Generator) {
    for _ in 0...generator.below(4) { once(&input, &generator) }
  }

  private static func once(_ input: inout [UInt8], _ generator: inout Generator) {
    guard !input.isEmpty else { return input.append(UInt8(truncatingIfNeeded: generator.next())) }
    let place = generator.below(input.count)
    switch generator.below(10) {
    case 0: input[place] ^= 1 << UInt8(generator.below(8))
    case 1: input[place] = UInt8(truncatingIfNeeded: generator.next())
    case 2: input[place] &+= generator.once(in: 2) ? 1 : 255
    case 3, 4, 5: number(&input, at: place, &generator)
    case 6: input.removeSubrange(place..<min(input.count, place + 1 + generator.below(16)))
    case 7:
      let count = 1 + generator.below(min(64, input.count - place))
      input.insert(contentsOf: input[place..<place + count], at: generator.below(input.count))
    case 8:
      let count = 1 + generator.below(min(64, input.count - place))
      let target = generator.below(input.count - count + 1)
      input.replaceSubrange(target..<target + count, with: Array(input[place..<place + count]))
    default: input.removeLast(min(input.count - 1, generator.below(1 + min(input.count, 256))))
    }
  }

  /// Writes a number of 1, 2, 4 or 8 bytes, in one of the two orders of bytes.
  private static func number(_ input: inout [UInt8], at place: Int, _ generator: inout Generator) {
    let size = 1 << generator.below(4)
    let aligned = generator.once(in: 2) ? place / size * size : place
    guard aligned + size <= input.count else { return }
    let value = UInt64(bitPattern: numbers[generator.below(numbers.count)])
    let isBigEndian = generator.once(in: 4)
    for index in 0..<size {
      input[aligned + (isBigEndian ? size - 1 - index : index)] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
    }
  }
}

/// Changes of text with brackets, such as JSON, that mostly stays well-formed.
enum TextMutation {
  private static let words = [
    "null", "true", "false", "0", "-1", "1e400", "-0.0", "0.5", "9223372036854775807", "9223372036854775808",
    "4294967296",
    "1099511627776", "\"\"", "\"x\"", "[]", "{}", "[[]]", "\"\\u0000\"", "\"\\ud800\"", "\"é\"", "NaN", "[0]", "[-1,2]",
    "2147483648", "5.0", "1e3",
  ]

  /// Replaces, repeats, removes or exchanges values of a text.
  static func json(_ input: inout [UInt8], _ generator: inout Generator) {
    for _ in 0...generator.below(3) {
      let values = Self.values(of: input)
      guard let value = values.isEmpty ? nil : values[generator.below(values.count)] else {
        return Mutation.bytes(&input, &generator)
      }
      switch generator.below(7) {
      case 0, 1: input.replaceSubrange(value, with: Array(words[generator.below(words.count)].utf8))
      case 2:
        let other = Array(input[values[generator.below(values.count)]])
        input.replaceSubrange(value, with: other)
      case 3: input.insert(contentsOf: Array(input[value]) + [UInt8(ascii: ",")], at: value.lowerBound)
      case 4: input.removeSubrange(value)
      case 5: input.replaceSubrange(value, with: [UInt8(ascii: "[")] + Array(input[value]) + [UInt8(ascii: "]")])
      default:
        let number = "\(Mutation.numbers[generator.below(Mutation.numbers.count)])"
        input.replaceSubrange(value, with: Array(number.utf8))
      }
    }
  }

  /// The ranges of numbers, words, strings, lists and objects in a text. A limit on their number keeps mutations fast.
  private static func values(of text: [UInt8]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var open: [Int] = []
    var position = 0
    while position < text.count, found.count < 4096 {
      let start = position
      switch text[position] {
      case UInt8(ascii: "\""):
        position += 1
        while position < text.count, text[position] != UInt8(ascii: "\"") {
          position += text[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        position = min(position + 1, text.count)
        found.append(start..<position)
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        open.append(position)
        position += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        position += 1
        if let first = open.popLast() { found.append(first..<position) }
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
        while position < text.count, isWord(text[position]) { position += 1 }
        found.append(start..<position)
      default: position += 1
      }
    }
    return found
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
