import CHDF5
import Limits
import Platform
import Synchronization

/// The shared state of a file and the objects opened in it: the path for messages, and the first failure to write.
///
/// If the library cannot write its caches, it does not close the file, and tries to write again later. So after the first failure,
/// the file is *abandoned*: its descriptor is redirected to an anonymous file in memory, where the library can finish its work.
/// Every later operation throws the failure, and closing the file throws it, too.
final class FileReference: Sendable {
  let path: String
  let isWritable: Bool
  /// The limits with which the file was opened.
  let limits = ReadingLimits.current
  let identifier: hid_t
  /// The check of objects before the library sees them; nil for a file that this process writes. Use it only under the lock.
  nonisolated(unsafe) private let structure: FileStructure?
  /// The file if it is on another machine.
  private let remoteFile: ReadableFile?
  private let state = Mutex(State())

  private struct State {
    var isClosed = false
    var failure: HDF5Error?
    var bytes: ReadableFile?
    var descriptor: Descriptor?
    var mapping: MappedFile?
  }

  init(
    path: String, isWritable: Bool, identifier: hid_t, structure: FileStructure? = nil, remoteFile: ReadableFile? = nil
  ) {
    self.path = path
    self.remoteFile = remoteFile
    self.structure = structure
    self.isWritable = isWritable
    self.identifier = identifier
    // Programs that this process starts must not inherit the file or its lock.
    if let descriptor { Descriptor.closeOnExecution(descriptor) }
  }

  deinit {
    withHDF5Lock { try? close() }
  }

  /// Throws the failure that made the file unusable, if there was one.
  func checkUsable() throws {
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  /// Calls a closure with the checked structure of the file. Call it under the lock.
  ///
  /// - Returns: nil for a file that this process writes. The library examines such a file.
  /// - Throws: `.corrupt`, `.refused`, `.truncated` or `.inputOutput`, about the object.
  func examine<Answer>(
    _ objectPath: String, _ body: (FileStructure) throws(StructureError) -> Answer
  ) throws -> Answer? {
    guard let structure else { return nil }
    do throws(StructureError) {
      return try body(structure)
    } catch {
      throw HDF5Error(error, file: path, objectPath: objectPath)
    }
  }

  /// Checks each chunk of a dataset once. Chunks of a file that this process writes need no check. Call it under the lock.
  func checkChunk(_ number: Int, of objectPath: String, _ check: () throws -> Void) throws {
    guard let structure, !structure.isExpandable(number, of: objectPath) else { return }
    try check()
    structure.setExpandable(number, of: objectPath)
  }

  /// Whether the file is foreign: it may come from another program.
  var isForeign: Bool { structure != nil }

  /// Whether the file is on another machine.
  var isRemote: Bool { remoteFile != nil }

  /// Writes everything that is cached to the file. Call it under the lock.
  func flush() throws {
    try checkUsable()
    guard isWritable else { return }
    guard H5Fflush(identifier, H5F_SCOPE_LOCAL) >= 0 else {
      throw failure(.inputOutput, "could not write all of the file's contents")
    }
  }

  /// Flushes and closes the file once. Call it under the lock.
  func close() throws {
    let wasClosed = state.withLock { state in
      defer { (state.isClosed, state.descriptor, state.bytes, state.mapping) = (true, nil, nil, nil) }
      return state.isClosed
    }
    guard !wasClosed else { return }
    // After this, the caches are clean or the file is abandoned, so closing cannot fail to write.
    let flushing = Result { try flush() }
    let lock = FileLock(descriptor)
    defer { lock.release() }
    if H5Fclose(identifier) < 0 {
      let failure = HDF5Error.fromStack(.inputOutput, "could not close the file; it may be incomplete", file: path)
      try flushing.get()
      throw failure
    }
    try flushing.get()
  }

  /// Makes an error from the error stack. Abandons the file if the stack says that the system failed to write. Call it under the
  /// lock, directly after the failed call.
  func failure(_ fallback: HDF5Error.Code, _ message: String, objectPath: String? = nil) -> HDF5Error {
    let error = HDF5Error.fromStack(fallback, message, file: path, objectPath: objectPath)
    if let failure = remoteFile?.remote?.failure { return HDF5Error(failure) }
    if isWritable, error.code == .inputOutput { abandon(because: error) }
    return error
  }

  private func abandon(because failure: HDF5Error) {
    let isFirst = state.withLock { state in
      guard state.failure == nil else { return false }
      state.failure = failure
      return true
    }
    guard isFirst, let descriptor else { return }
    Descriptor.sink(anonymousFile: chdf5_anonymous_file)?.take(over: descriptor)
  }

  /// The system's descriptor of the open file.
  private var descriptor: CInt? {
    var address: UnsafeMutableRawPointer?
    guard H5Fget_vfd_handle(identifier, chdf5_default_properties(), &address) >= 0 else { return nil }
    return address?.load(as: CInt.self)
  }

  /// The size of the file in bytes.
  func byteCount() throws -> Int {
    var byteCount: hsize_t = 0
    guard H5Fget_filesize(identifier, &byteCount) >= 0 else {
      throw failure(.libraryFailure, "the size of the file is unknown")
    }
    return Int(clamping: byteCount)
  }

  /// A second descriptor of the open file for all readers. It stays open for its readers when the library closes its own
  /// descriptor.
  ///
  /// - Throws: `.inputOutput` if the process has too many open descriptors.
  func sharedDescriptor() throws -> Descriptor {
    if let descriptor = state.withLock({ $0.descriptor }) { return descriptor }
    let new = try duplicateDescriptor()
    state.withLock { if !$0.isClosed { $0.descriptor = new } }
    return new
  }

  /// The bytes of the file for all readers. They can be read as long as a reader refers to the result.
  ///
  /// - Throws: `.inputOutput` if the process has too many open descriptors.
  func bytes() throws -> ReadableFile {
    if let remoteFile { return remoteFile }
    if let bytes = state.withLock({ $0.bytes }) { return bytes }
    let new = ReadableFile(try sharedDescriptor(), byteCount: try withHDF5Lock { try byteCount() }, path: path)
    state.withLock { if !$0.isClosed { $0.bytes = new } }
    return new
  }

  /// The file's bytes, mapped into memory; nil if the file is on another machine, or the system cannot map it.
  func mapping() throws -> MappedFile? {
    guard remoteFile == nil else { return nil }
    let descriptor = try sharedDescriptor()
    return state.withLock { state in
      if state.mapping == nil { state.mapping = MappedFile(descriptor) }
      return state.mapping
    }
  }

  /// A second descriptor of the open file. It stays open when the library closes its own descriptor.
  ///
  /// - Throws: `.inputOutput` if the process has too many open descriptors.
  func duplicateDescriptor() throws -> Descriptor {
    do throws(SystemError) {
      return try withHDF5Lock { () throws(SystemError) in try Descriptor(duplicating: descriptor ?? -1) }
    } catch {
      throw HDF5Error(.inputOutput, "the file cannot be opened a second time", file: path, reason: error)
    }
  }
}

/// The lock that the library holds on an open file. It is released explicitly after the file is closed.
///
/// A lock belongs to all copies of a descriptor. While another program is being started, it has a copy for a moment, and would keep
/// the closed file locked.
private struct FileLock {
  private let original: CInt
  private let copy: Descriptor?

  init(_ descriptor: CInt?) {
    original = descriptor ?? -1
    copy = try? Descriptor(duplicating: original)
  }

  func release() {
    // If the descriptor is still open, this process opened the same file twice. The other user still needs the lock.
    if !Descriptor.isOpen(original) { copy?.releaseLock() }
  }
}
