// Only this file imports the C library. All other files import Platform, which re-exports the declarations of the C library.
#if canImport(Glibc)
  @_exported import Glibc
#elseif canImport(Musl)
  @_exported import Musl
#else
  @_exported import Darwin
#endif

// `F_OFD_SETLK`: the command of `fcntl` for a lock that belongs to an open file, not to the process. Swift does not import this
// constant from the C headers.
#if canImport(Darwin)
  let setDescriptorLock: CInt = 90
#else
  let setDescriptorLock: CInt = 37
#endif

#if canImport(Glibc)
  /// The kind of mutex that a thread can lock several times.
  let recursiveMutexKind = CInt(PTHREAD_MUTEX_RECURSIVE)
  /// The resource that limits the size of files.
  let fileSizeResource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
  /// The resource that limits the number of open files.
  let openFilesResource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  /// The constant that selects the current process in calls of `getrusage`.
  let selfResource = RUSAGE_SELF.rawValue
#else
  /// The kind of mutex that a thread can lock several times.
  let recursiveMutexKind = PTHREAD_MUTEX_RECURSIVE
  /// The resource that limits the size of files.
  let fileSizeResource = RLIMIT_FSIZE
  /// The resource that limits the number of open files.
  let openFilesResource = RLIMIT_NOFILE
  /// The constant that selects the current process in calls of `getrusage`.
  let selfResource = RUSAGE_SELF
#endif

#if canImport(Darwin)
  /// The number of bytes in one unit of `ru_maxrss`, the greatest resident size of a process.
  let residentSizeUnit = 1
#else
  /// The number of bytes in one unit of `ru_maxrss`, the greatest resident size of a process.
  let residentSizeUnit = 1024
#endif
