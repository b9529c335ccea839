import ComputationGraphs
import HDF5
import Synchronization
import Tensors

/// A tensor whose elements stay in the file until they are used. The first use checks their digest.
///
/// A contiguous tensor is mapped into memory: all users share the pages of the system, and nothing is copied. A compressed
/// tensor is expanded into memory at its first use. Several threads may use the tensor. The file stays open as long as the
/// tensor exists.
///
/// Saving with this library never changes an open file, because it writes a new file. But if another program overwrites elements in
/// place, a mapped tensor changes after its check, like any mapped file.
///
/// ```swift
/// let checkpoint = try Checkpoint(opening: "epoch-5.h5")
/// let weights = try checkpoint.tensors(role: .weight).map { try checkpoint.mapped($0) }
/// let first = try weights[0].withUnsafeBytes { $0.load(as: Float.self) }   // reads and checks this tensor only
/// ```
public final class MappedTensor: Sendable {
  private enum Content {
    case mapped(ElementPlace)
    case inMemory([UInt8])
  }

  /// The tensor's entry in the table of contents.
  public let entry: Contents.Entry
  private let file: String
  private let place: ElementPlace?
  private let reader: Mutex<TensorReader?>
  private let content = Memo<Swift.Result<Content, CheckpointError>>()

  init(_ entry: Contents.Entry, place: ElementPlace?, reader: consuming TensorReader?, file: String) {
    self.entry = entry
    self.place = place
    self.reader = Mutex(reader)
    self.file = file
  }

  /// Calls a body with the elements: little-endian, row-major, in the type of the entry.
  ///
  /// - Throws: `CheckpointError` with code `.damaged` if the digest differs from the table of contents, or if another program cut
  ///   the file short while it was used. `CheckpointError` with code `.refused` if a compressed tensor needs more memory than the
  ///   machine has. Also the errors of the body.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    // Failures are stored, too, because the elements are read only once.
    switch try content.value({ Swift.Result { () throws(CheckpointError) in try check() } }).get() {
    case .inMemory(let bytes): return try bytes.withUnsafeBytes(body)
    case .mapped(let place):
      do {
        guard let result = try place.withMappedBytes(body) else {
          throw CheckpointError(.inputOutput, "the file cannot be mapped into memory", file: file, object: entry.path)
        }
        return result
      } catch let error as HDF5Error {
        throw CheckpointError(error, file: file)
      }
    }
  }

  /// A copy of the tensor in memory. Elements of 16 bits become float32.
  ///
  /// - Throws: The errors of `withUnsafeBytes(_:)`.
  public func tensor() throws -> Tensor {
    try withUnsafeBytes { try Tensor(littleEndianBytes: $0, as: entry.type, shape: Shape(entry.shape)) }
  }

  /// The content, after a check of the digest.
  private func check() throws(CheckpointError) -> Content {
    if let place {
      let digest: Digest?
      do {
        digest = try place.withMappedBytes { Digest(of: $0) }
      } catch {
        throw CheckpointError(about: file, error)
      }
      if let digest {
        guard digest == entry.digest else {
          throw CheckpointError(damaged: entry.path, read: digest, recorded: entry.digest, file: file)
        }
        return .mapped(place)
      }
    }
    return .inMemory(try reader.withLock { (reader) throws(CheckpointError) in try reader.take()?.bytes() ?? [] })
  }
}

extension Checkpoint {
  /// A tensor whose elements stay in the file until they are used.
  ///
  /// - Throws: The errors of `reader(of:)`. The digest is checked at the first use.
  public func mapped(_ entry: Contents.Entry) throws(CheckpointError) -> MappedTensor {
    let reader = try reader(of: entry)
    // The address of a number in memory must be a multiple of its size, so a tensor at another offset is not mapped.
    let place = reader.place.flatMap { $0.byteOffset % entry.type.byteCount == 0 ? $0 : nil }
    return MappedTensor(entry, place: place, reader: reader, file: name)
  }
}
