import Tensors

extension Contents {
  /// The extensions that a reader must know: the 16-bit types of the tensors, in ascending order.
  var extensions: [String] {
    Format.sixteenBitTypes.filter { type in tensors.contains { $0.type == type } }.map(\.rawValue)
  }

  /// The version of a new file with these tensors: the lowest version that has all of their types.
  static func version(for tensors: [Entry]) -> String {
    tensors.contains { Format.sixteenBitTypes.contains($0.type) } ? Format.sixteenBitVersion : Format.version
  }

  /// The faults of a table whose version or extensions do not declare its 16-bit types. Earlier readers could misread such a file.
  func extensionProblems(version: String, extensions: Set<String>, file: String) -> [CheckpointError] {
    func problem(_ message: String) -> CheckpointError {
      CheckpointError(.malformed, message, file: file, object: Format.contentsPath)
    }
    let needed = self.extensions
    guard let first = needed.first else { return [] }
    var problems = needed.filter { !extensions.contains($0) }.map {
      problem("lists tensors of the type \($0), but the root attribute must_understand does not name \($0)")
    }
    if version == Format.version {
      problems.append(
        problem("lists tensors of the type \(first), which format version \(version) does not have"))
    }
    return problems
  }
}
