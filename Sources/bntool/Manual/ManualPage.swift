import ArgumentParser
import Checkpoints

/// The manual page of a command, made from its `--help`.
struct ManualPage {
  /// The name of the page, such as `bntool-average-stats`.
  let name: String
  /// The page in the macros of man(7), in ASCII.
  private(set) var source: String

  /// - Throws: `JSONError` if the argument parser describes commands in an unknown form.
  init(of command: any ParsableCommand.Type) throws {
    let configuration = command.configuration
    let isRoot = command == BNTool.self
    name = ManualPage.name(of: command)
    source = ".\\\" Made by bntool from the texts of its --help.\n"
    source += ".TH \(Roff.text(name.uppercased())) 1 \"\" \"bntool \(Version.current)\" \"bntool\"\n.nh\n.ad l\n"
    source += ".SH NAME\n\(Roff.text(name)) \\- \(Roff.text(ManualPage.title(of: configuration)))\n"
    source += ".SH SYNOPSIS\n\(Roff.synopsis(command.usageString()))"

    var sections = Discussion(configuration.discussion).sections
    if !isRoot { sections += Discussion(BNTool.configuration.discussion).sections.filter { $0.title == "EXIT STATUS" } }
    source += Roff.section(
      "DESCRIPTION", sections.filter { $0.title == nil }.map(Roff.block).joined(separator: ".PP\n"))

    let arguments = try DescribedArgument.all(of: command).filter(\.isShown)
    for (title, isPositional) in [("ARGUMENTS", true), ("OPTIONS", false)] {
      let entries = arguments.filter { ($0.kind == .positional) == isPositional }.map {
        Roff.entry($0.form, $0.meaning)
      }
      source += Roff.section(title, entries.joined())
    }
    let groups = configuration.groupedSubcommands.map { group in
      let entries = group.subcommands.map { command in
        Roff.entry("\\fB\(Roff.text(ManualPage.name(of: command)))\\fR(1)", command.configuration.abstract)
      }
      return ".SS \(Roff.text(group.name))\n\(entries.joined())"
    }
    source += Roff.section("COMMANDS", groups.joined())
    for section in sections {
      if let title = section.title { source += Roff.section(title, Roff.block(section)) }
    }
    if !isRoot { source += Roff.section("SEE ALSO", "\\fBbntool\\fR(1)\n") }
  }

  private static func name(of command: any ParsableCommand.Type) -> String {
    command == BNTool.self ? "bntool" : "bntool-\(command.configuration.commandName ?? "")"
  }

  /// The abstract in the form of the NAME section, such as `average the parameters of checkpoints into one`.
  private static func title(of configuration: CommandConfiguration) -> String {
    let abstract = configuration.abstract.split(separator: ".", omittingEmptySubsequences: true).joined(separator: ".")
    return abstract.prefix(1).lowercased() + abstract.dropFirst()
  }
}

extension DescribedArgument {
  /// The forms of the argument with fonts, such as `-q, --quiet` or `--output file`.
  fileprivate var form: String {
    let form = names.map { "\\fB\(Roff.text($0))\\fR" }.joined(separator: ", ")
    guard kind != .flag else { return form }
    return "\(form)\(form.isEmpty ? "" : " ")\\fI\(Roff.text(valueName))\\fR\(isRepeating ? " ..." : "")"
  }

  fileprivate var meaning: String { help + (defaultValue.map { " The default is \($0)." } ?? "") }
}
