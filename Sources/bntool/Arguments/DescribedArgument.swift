import ArgumentParser
import JSON

/// An argument, option or flag of a command, as the argument parser describes it.
struct DescribedArgument {
  enum Kind: String {
    case positional, option, flag
  }

  let kind: Kind
  /// `-q` and `--quiet`, the shortest first; empty for a positional argument.
  let names: [String]
  /// The name of the value in help, such as `file`.
  let valueName: String
  let isRepeating: Bool
  /// Whether help shows the argument.
  let isShown: Bool
  let help: String
  let defaultValue: String?
  /// Whether the value is the path of a file, or begins with a path, such as `FILE:MEMBER`.
  let isFile: Bool

  /// The arguments of a command.
  ///
  /// - Throws: `JSONError` if the argument parser describes commands in an unknown form.
  static func all(of command: any ParsableCommand.Type) throws -> [DescribedArgument] {
    try JSONValue(parsing: command._dumpHelp()).member("command") { command in
      try command.list("arguments", DescribedArgument.init)
    }
  }

  private init(json: JSONValue) throws {
    func text(_ value: JSONValue) throws -> String { try value.text() }
    kind = try json.member("kind") { value in
      guard let kind = Kind(rawValue: try value.text()) else { throw JSONError("an unknown kind of argument") }
      return kind
    }
    let names = try json.optionalMember("names") { list in
      try list.list { name in
        (try name.member("kind", text) == "long" ? "--" : "-") + (try name.member("name", text))
      }
    }
    self.names = (names ?? []).sorted { $0.count < $1.count }
    valueName = try json.optionalMember("valueName", text) ?? ""
    isRepeating = try json.member("isRepeating") { try $0.boolean() }
    isShown = try json.member("shouldDisplay") { try $0.boolean() }
    help = try json.optionalMember("abstract", text) ?? ""
    defaultValue = try json.optionalMember("defaultValue", text)
    let completion = try json.optionalMember("completionKind") { try $0.members() }
    isFile = completion?["file"] != nil
  }
}
