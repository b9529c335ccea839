/// A reader under test: its seeds, and a function that gives it one input.
struct Harness: Sendable {
  /// The name on the command line.
  let name: String
  /// The folders with the first inputs, and the ends of these files' names.
  let seeds: [(place: String, suffixes: [String])]
  /// The name of the file that holds an input while it is read. Readers recognize the format by its end.
  let fileName: String
  /// The largest input.
  var largestByteCount = 1 << 16
  /// A change that knows the structure of the format.
  var mutate: @Sendable (inout [UInt8], inout Generator) -> Void = { Mutation.bytes(&$0, &$1) }
  /// Corrects the checksums and sizes of a changed input, so that readers do not stop at them.
  var repair: @Sendable (inout [UInt8]) -> Void = { _ in }
  /// Reads an input as a program would. Errors are expected. A trap, a signal or a hang is a finding.
  let read: @Sendable (_ path: String) throws -> Void

  static let all: [Harness] =
    [hdf5, checkpoint, npy, npz, safetensors, parts, shards, pyTorch, blocks, kerasArchive, kerasHDF5, onnx]
    + [json, architecture, selector]

  static func named(_ name: String) -> Harness? { all.first { $0.name == name } }
}
