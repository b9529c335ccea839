// The only file that names the C library. All others import Platform, which re-exports the library's declarations.
#if canImport(Glibc)
  @_exported import Glibc
#elseif canImport(Musl)
  @_exported import Musl
#else
  @_exported import Darwin
#endif

#if canImport(Glibc)
  /// The kind of mutex that a thread may lock again while it holds it.
  let recursiveMutexKind = CInt(PTHREAD_MUTEX_RECURSIVE)
  /// The resource that limits the size of files.
  let fileSizeResource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
#else
  /// The kind of mutex that a thread may lock again while it holds it.
  let recursiveMutexKind = PTHREAD_MUTEX_RECURSIVE
  /// The resource that limits the size of files.
  let fileSizeResource = RLIMIT_FSIZE
#endif
