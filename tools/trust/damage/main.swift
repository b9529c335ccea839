import Bricks
import Checkpoints
import Platform

// The program of tools/torture that uses the library without `bntool`.
//
//   torture-driver save FILE                         saves a small model, without training
//   torture-driver flip FILE SCRATCH FIRST END       reads FILE with each bit from FIRST to END flipped
//   torture-driver cut FILE SCRATCH FIRST END        reads FILE cut to each length from END to FIRST
//
// The damaged file is SCRATCH. For each damage, the program prints one letter: A plus 1 if verify reports the damage, plus 2 if loading
// reports it, plus 4 if verify names the damaged object, plus 8 if loading names it.

/// A small model with population statistics.
func smallModel() throws -> Model {
  let network = BatchNormalizedMLP(activations: [.tanh, .softmax], dimensions: [3, 4, 2])
  return try Model(network, input: .features(3), seed: 7)
}

/// What verify and a strict load say about a file.
func letter(_ path: String) -> UInt8 {
  var code: UInt8 = 0
  do {
    let errors = try Verification(checkpoint: path).findings.filter { $0.severity == .error }
    if !errors.isEmpty { code |= 1 }
    if errors.contains(where: { $0.path != "/" }) { code |= 4 }
  } catch {
    code |= 1
  }
  do {
    let checkpoint = try Checkpoint(opening: path)
    if checkpoint.kind == .model { _ = try checkpoint.model() }
    _ = try checkpoint.updates()
    _ = try checkpoint.provenance()
  } catch {
    code |= 2
    if error.object != nil { code |= 8 }
  }
  return UInt8(ascii: "A") + code
}

func damage(_ words: [String], _ next: (_ scratch: Descriptor, _ bytes: [UInt8], _ number: Int) throws -> Void) throws {
  let file = try ReadableFile(opening: words[0])
  let bytes = try file.read(at: 0, count: file.byteCount)
  let scratch = try Descriptor(opening: words[1], O_RDWR | O_CREAT | O_TRUNC)
  try scratch.write(bytes)
  let output = Descriptor(owning: STDOUT_FILENO)
  for number in Int(words[2])!..<Int(words[3])! {
    try next(scratch, bytes, number)
    try output.write([letter(words[1])])
  }
}

signal(SIGXFSZ, SIG_IGN)
let words = Array(CommandLine.arguments.dropFirst())
do {
  switch (words.first, words.count) {
  case ("save", 2): try smallModel().save(to: words[1])
  case ("flip", 5):
    try damage(Array(words.dropFirst())) { scratch, bytes, number in
      if number > Int(words[3])! { try write(bytes[(number - 1) / 8], at: (number - 1) / 8, to: scratch) }
      try write(bytes[number / 8] ^ (1 << UInt8(number % 8)), at: number / 8, to: scratch)
    }
  case ("cut", 5):
    let end = Int(words[4])!
    try damage(Array(words.dropFirst())) { scratch, _, number in
      guard ftruncate(scratch.number, off_t(end - 1 - (number - Int(words[3])!))) == 0 else { throw SystemError.last }
    }
  default:
    print("usage: torture-driver save FILE | flip FILE SCRATCH FIRST END | cut FILE SCRATCH FIRST END")
    exit(64)
  }
} catch {
  try? Descriptor(owning: STDERR_FILENO).write(Array("torture-driver: \(error)\n".utf8))
  exit(74)
}

func write(_ byte: UInt8, at offset: Int, to file: Descriptor) throws {
  try withUnsafeBytes(of: byte) { try file.write($0, at: offset) }
}
