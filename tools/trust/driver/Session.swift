import CFuzzer
import Foundation

/// The reader that this process tests. libFuzzer calls back without an argument, so it is global.
enum Session {
  nonisolated(unsafe) static var harness = Harness.all[0]
  nonisolated(unsafe) static var path = ""

  /// Writes an input to the file, and reads the file.
  static func read(_ bytes: UnsafeRawBufferPointer) {
    do {
      try Data(bytes).write(to: URL(fileURLWithPath: path))
    } catch {
      fatalError("the input cannot be written: \(error)")
    }
    do { try harness.read(path) } catch {}
  }

  /// Changes an input as the harness's format suggests.
  static func mutate(_ input: inout [UInt8], _ generator: inout Generator) {
    harness.mutate(&input, &generator)
    if !generator.once(in: 4) { harness.repair(&input) }
  }
}

/// libFuzzer's hook for changes. Half of the changes are libFuzzer's own, which learn from comparisons in the program.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(
  _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ capacity: Int, _ seed: CUnsignedInt
) -> Int {
  var generator = Generator(seed: UInt64(seed))
  if generator.once(in: 2) {
    let changed = cfuzzer_mutate(bytes, count, capacity)
    guard !generator.once(in: 3) else { return changed }
    var input = Array(UnsafeBufferPointer(start: bytes, count: changed))
    Session.harness.repair(&input)
    return copy(input, to: bytes, capacity)
  }
  var input = Array(UnsafeBufferPointer(start: bytes, count: count))
  Session.mutate(&input, &generator)
  return copy(input, to: bytes, capacity)
}

private func copy(_ input: [UInt8], to bytes: UnsafeMutablePointer<UInt8>, _ capacity: Int) -> Int {
  let kept = min(input.count, capacity)
  _ = UnsafeMutableBufferPointer(start: bytes, count: kept).update(fromContentsOf: input[..<kept])
  return kept
}
