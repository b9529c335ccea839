import CHDF5
import Limits
import Platform

/// An open HDF5 file, and its root group.
///
/// The file closes when this value and all groups and datasets that were opened in it are destroyed. To be sure that everything
/// was written, call ``close()``: it closes the file and reports failures, which `deinit` cannot do. Global variables are
/// never destroyed, so a file in a global variable closes only by ``close()``.
///
/// Several threads may use files, groups and datasets. Their calls wait for each other.
public struct File: ~Copyable, Sendable, ObjectContainer {
  /// The layout of a new file.
  public struct CreationOptions: Hashable, Sendable {
    /// Whether to replace an existing file. Otherwise, an existing file is an error.
    public var replacesExisting: Bool
    /// Objects of at least this many bytes are aligned.
    public var alignmentThreshold: Int
    /// Aligned objects begin at a multiple of this many bytes.
    public var alignment: Int

    /// Creates options. By default, a new file does not replace an existing file, and objects are not aligned.
    public init(replacesExisting: Bool = false, alignmentThreshold: Int = 1, alignment: Int = 1) {
      self.replacesExisting = replacesExisting
      self.alignmentThreshold = alignmentThreshold
      self.alignment = alignment
    }
  }

  private let reference: FileReference

  /// The path of the file, as it was given.
  public var filePath: String { reference.path }

  /// The limits with which the file was opened.
  package var limits: ReadingLimits { reference.limits }

  /// The root group as an object that has attributes.
  public var location: Location { Location(identifier: reference.identifier, file: reference, path: "/") }

  /// Opens a file of this machine, or an object at a URL of `https://`, `http://` or `s3://`, for reading.
  ///
  /// An object at a URL is read by ranges when they are needed.
  ///
  /// - Parameter name: The path that messages show if the file is a temporary copy of another file; nil for its own path.
  /// - Throws: ``HDF5Error`` with code `.notFound`, `.permissionDenied`, `.notHDF5`, `.truncated`, `.corrupt` or
  ///   `.inputOutput`.
  public init(opening path: String, calledAs name: String? = nil) throws {
    reference = try Self.open(path, calledAs: name ?? RemotePath.name(of: path), isWritable: false)
  }

  /// Opens a file for reading and changing.
  ///
  /// - Throws: The errors of ``init(opening:calledAs:)``.
  public init(modifying path: String) throws {
    reference = try Self.open(path, calledAs: path, isWritable: true)
  }

  /// Creates a file whose bytes depend only on its contents.
  ///
  /// The file contains no times. Its format is that of HDF5 1.10, in which metadata have checksums.
  ///
  /// - Throws: ``HDF5Error`` with code `.alreadyExists`, `.permissionDenied`, `.cannotCreate` or `.inputOutput`.
  public init(creating path: String, options: CreationOptions = CreationOptions()) throws {
    guard !path.utf8.contains(0) else {
      throw HDF5Error(.cannotCreate, "the path contains a NUL", file: path)
    }
    guard options.alignment >= 1, options.alignmentThreshold >= 0 else {
      throw HDF5Error(.cannotCreate, "an alignment must be at least 1, and its threshold at least 0", file: path)
    }
    reference = try withHDF5Lock {
      // No other program knows the new file yet, so it needs no lock.
      let access = try Self.accessProperties(path, isWritable: true, locks: false)
      let creation = try Handle(
        H5Pcreate(chdf5_class_file_creation()), orThrow: .fromStack(.libraryFailure, "no property list", file: path))
      guard
        H5Pset_alignment(access.identifier, hsize_t(options.alignmentThreshold), hsize_t(options.alignment)) >= 0,
        H5Pset_obj_track_times(creation.identifier, false) >= 0
      else { throw HDF5Error.fromStack(.libraryFailure, "could not set up the file's properties", file: path) }
      let flags = options.replacesExisting ? chdf5_access_truncate() : chdf5_access_exclusive()
      let identifier = H5Fcreate(path, flags, creation.identifier, access.identifier)
      guard identifier >= 0 else {
        let error = HDF5Error.fromStack(.cannotCreate, "the file could not be created", file: path)
        throw error.code != .alreadyExists
          ? error
          : HDF5Error(
            .alreadyExists, "a file with this name already exists", file: path, stack: error.stack,
            reason: error.reason)
      }
      return FileReference(path: path, isWritable: true, identifier: identifier)
    }
  }

  /// Whether a file has the signature of HDF5. This reads a few bytes and does not start the library.
  ///
  /// - Throws: ``HDF5Error`` with code `.notFound`, `.permissionDenied`, `.notHDF5` if the path is not a regular file, or
  ///   `.inputOutput`.
  public static func isHDF5(_ path: String) throws -> Bool {
    try FileInspection(path: path).signatureOffset != nil
  }

  /// Writes everything to the system.
  ///
  /// - Throws: ``HDF5Error`` with code `.inputOutput`; the file is then unusable.
  public func flush() throws {
    try withHDF5Lock { try reference.flush() }
  }

  /// Writes everything to the system, and closes the file and everything that is open in it.
  ///
  /// - Throws: ``HDF5Error`` with code `.inputOutput` if anything written since the file was opened did not reach the file.
  public consuming func close() throws {
    try withHDF5Lock { try reference.close() }
  }

  /// Closes a file that was opened for reading, but only in the HDF5 library. After that, only an ``ElementPlace`` can still be read.
  ///
  /// An open file takes half a MiB of the library's memory, and the library opens a file more slowly if many files are open.
  package func releaseLibrary() throws {
    try withHDF5Lock {
      _ = try reference.examine("/") { structure in structure.forget() }
      try reference.close()
    }
  }

  private static func open(_ path: String, calledAs name: String, isWritable: Bool) throws -> FileReference {
    guard !path.utf8.contains(0) else { throw HDF5Error(.notFound, "the path contains a NUL", file: name) }
    guard !isWritable || !RemotePath.isRemote(path) else {
      throw HDF5Error(.permissionDenied, "is at a URL, which can only be read", file: name)
    }
    while true {
      let inspection = try FileInspection(path: path)
      let structure = try inspection.structure(calledAs: name)
      if let remote = inspection.file.remote { return try open(inspection.file, remote, calledAs: name, structure) }
      // Check the whole file now if it is opened for changes, because later checks would not know the changes.
      if isWritable { try structure.checkAll(file: name) }
      let reference: FileReference
      do {
        reference = try open(path, calledAs: name, isWritable: isWritable, structure, locks: true)
      } catch let error as HDF5Error where error.isLockUnavailable {
        reference = try open(path, calledAs: name, isWritable: isWritable, structure, locks: false)
      }
      // If another program replaced the file in between, the check was about the former file, so try again.
      if try withHDF5Lock({ try inspection.file.isSameFile(as: reference.duplicateDescriptor()) }) { return reference }
    }
  }

  private static func open(
    _ path: String, calledAs name: String, isWritable: Bool, _ structure: FileStructure, locks: Bool
  ) throws -> FileReference {
    try withHDF5Lock {
      let access = try accessProperties(path, isWritable: isWritable, locks: locks)
      let flags = isWritable ? chdf5_access_read_write() : chdf5_access_read_only()
      let identifier = H5Fopen(path, flags, access.identifier)
      guard identifier >= 0 else { throw HDF5Error.fromStack(.corrupt, "could not be opened", file: name) }
      return FileReference(
        path: name, isWritable: isWritable, identifier: identifier, structure: isWritable ? nil : structure)
    }
  }

  /// Opens a file on another machine.
  private static func open(
    _ file: ReadableFile, _ remote: any RemoteBytes, calledAs name: String, _ structure: FileStructure
  ) throws -> FileReference {
    try withHDF5Lock {
      let access = try Handle(
        H5Pcreate(chdf5_class_file_access()), orThrow: .fromStack(.libraryFailure, "no property list", file: name))
      guard RemoteDriver.set(file, in: access.identifier) >= 0,
        H5Pset_fclose_degree(access.identifier, H5F_CLOSE_STRONG) >= 0
      else { throw HDF5Error.fromStack(.libraryFailure, "could not set up the file's properties", file: name) }
      let identifier = H5Fopen(name, chdf5_access_read_only(), access.identifier)
      guard identifier >= 0 else {
        let error = HDF5Error.fromStack(.corrupt, "could not be opened", file: name)
        throw remote.failure.map { HDF5Error($0) } ?? error
      }
      return FileReference(
        path: name, isWritable: false, identifier: identifier, structure: structure, remoteFile: file)
    }
  }

  private static func accessProperties(_ path: String, isWritable: Bool, locks: Bool) throws -> Handle {
    let access = try Handle(
      H5Pcreate(chdf5_class_file_access()), orThrow: .fromStack(.libraryFailure, "no property list", file: path))
    guard
      // This is the default driver. Set it explicitly, because an environment variable could choose another driver, which might not
      // have a descriptor.
      H5Pset_fapl_sec2(access.identifier) >= 0,
      H5Pset_fclose_degree(access.identifier, H5F_CLOSE_STRONG) >= 0,
      !isWritable || H5Pset_libver_bounds(access.identifier, H5F_LIBVER_V110, H5F_LIBVER_V110) >= 0,
      // Otherwise, the library would keep the last bytes of a dataset in a buffer, and would not report if it cannot write them
      // later.
      !isWritable || H5Pset_sieve_buf_size(access.identifier, 0) >= 0,
      // The library accepts a system without locks, but not a file system without locks, such as some NFS and Lustre mounts. A
      // temporary file already has a lock, and on a network file system, this lock would exclude the library's lock.
      H5Pset_file_locking(access.identifier, locks && !ScratchFile.isScratch(path), true) >= 0
    else { throw HDF5Error.fromStack(.libraryFailure, "could not set up the file's properties", file: path) }
    return access
  }
}
