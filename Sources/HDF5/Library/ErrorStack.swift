import CHDF5
import Platform

extension HDF5Error {
  /// Makes an error from the current error stack, and empties the stack. Call it under the lock, directly after the failed call,
  /// because the next successful call clears the stack.
  static func fromStack(
    _ fallback: Code, _ message: String, file: String, objectPath: String? = nil
  ) -> HDF5Error {
    let stack = takeStack()
    let systemErrorNumber = stack.lazy.compactMap { Self.systemErrorNumber(in: $0.text) }.first
    return HDF5Error(
      classify(stack, systemErrorNumber, fallback: fallback), message, file: file, objectPath: objectPath, stack: stack,
      reason: systemErrorNumber.flatMap { $0 == 0 ? nil : SystemError(number: $0) })
  }

  /// Detaches the current thread's error stack and copies its entries. The innermost entry comes first.
  private static func takeStack() -> [StackEntry] {
    // Fetching the messages would change the current stack, so copy the stack first. Copying clears it.
    let copy = H5Eget_current_stack()
    guard copy >= 0 else { return [] }
    defer { _ = H5Eclose_stack(copy) }
    var entries: [StackEntry] = []
    _ = withUnsafeMutablePointer(to: &entries) { entries in
      H5Ewalk2(
        copy, H5E_WALK_UPWARD,
        { _, entry, entries in
          if let entry = entry?.pointee {
            entries?.assumingMemoryBound(to: [StackEntry].self).pointee.append(
              StackEntry(
                function: entry.func_name.map { String(cString: $0) } ?? "", major: Self.message(entry.maj_num),
                minor: Self.message(entry.min_num), text: entry.desc.map { String(cString: $0) } ?? ""))
          }
          return 0
        }, entries)
    }
    return entries
  }

  private static func message(_ identifier: hid_t) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
      text.initialize(repeating: 0)
      guard H5Eget_msg(identifier, nil, text.baseAddress, text.count) > 0 else { return "" }
      return String(cString: text.baseAddress!)
    }
  }

  /// The number in "errno = 28". The library's file drivers put it into their messages.
  private static func systemErrorNumber(in text: String) -> Int32? {
    let marker = Array("errno = ".utf8)
    var rest = Substring(text).utf8
    while !rest.isEmpty {
      if rest.starts(with: marker) {
        return Int32(Substring(rest.dropFirst(marker.count).prefix { (0x30...0x39).contains($0) }))
      }
      rest = rest.dropFirst()
    }
    return nil
  }

  private static func classify(_ stack: [StackEntry], _ systemErrorNumber: Int32?, fallback: Code) -> Code {
    switch systemErrorNumber {
    // The number is 0 if a driver reached the end of the file, which is not an error of the system.
    case nil, 0: break
    case EEXIST: return .alreadyExists
    case EACCES, EPERM, EROFS, EAGAIN: return .permissionDenied
    case ENOENT, ENOTDIR: return fallback == .cannotCreate ? .cannotCreate : .notFound
    case EISDIR: return fallback
    default: return .inputOutput
    }
    if stack.contains(where: { $0.text.hasPrefix("truncated file") }) { return .truncated }
    return fallback
  }
}
