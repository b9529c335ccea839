/// The environment variables of the process, and the name of its machine.
package enum Environment {
  /// The value of an environment variable; nil if the variable is not set.
  package static func value(of name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

extension Environment {
  /// The name of this machine; empty if the system does not report it.
  package static var hostName: String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "" }
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
