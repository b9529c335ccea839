import ArgumentParser

/// The manual page of a command, made from its `--help`.
struct ManualPage {
  /// The name of the page, such as `bntool-average-stats`.
  let name: String
  /// The text of the page in its markup language.
  let source: String

  /// - Throws: `JSONError` if the argument parser describes commands in an unknown form.
  init(of command: any ParsableCommand.Type, in markup: any ManualMarkup.Type = Roff.self) throws {
    let configuration = command.configuration
    let isRoot = command == BNTool.self
    name = ManualPage.name(of: command)
    var source = markup.header(name, title: ManualPage.title(of: configuration), usage: command.usageString())

    var sections = Discussion(configuration.discussion + (isRoot ? "" : "\n\n\(BNTool.filesHelp)")).sections
    if !isRoot { sections += Discussion(BNTool.configuration.discussion).sections.filter { $0.title == "EXIT STATUS" } }
    source += markup.section(
      "DESCRIPTION", markup.paragraphs(sections.filter { $0.title == nil }.map { markup.block($0) }))

    let arguments = try DescribedArgument.all(of: command).filter(\.isShown)
    for (title, isPositional) in [("ARGUMENTS", true), ("OPTIONS", false)] {
      let entries = arguments.filter { ($0.kind == .positional) == isPositional }.map { argument in
        let value = argument.kind == .flag ? nil : argument.valueName
        let form = markup.form(names: argument.names, value: value, isRepeating: argument.isRepeating)
        return (term: form, meaning: argument.meaning)
      }
      source += markup.section(title, markup.list(entries))
    }
    let groups = configuration.groupedSubcommands.map { group in
      let entries = group.subcommands.map { command in
        (term: markup.reference(to: ManualPage.name(of: command)), meaning: command.configuration.abstract)
      }
      return markup.subsection(group.name, markup.list(entries))
    }
    source += markup.section("COMMANDS", groups.joined())
    for section in sections {
      if let title = section.title { source += markup.section(title, markup.block(section)) }
    }
    if !isRoot { source += markup.section("SEE ALSO", "\(markup.reference(to: "bntool"))\n") }
    self.source = source
  }

  private static func name(of command: any ParsableCommand.Type) -> String {
    command == BNTool.self ? "bntool" : "bntool-\(command.configuration.commandName ?? "")"
  }

  /// The abstract for the NAME section, without a capital and a period, such as `average the parameters of checkpoints into one`.
  private static func title(of configuration: CommandConfiguration) -> String {
    let abstract = configuration.abstract.split(separator: ".", omittingEmptySubsequences: true).joined(separator: ".")
    return abstract.prefix(1).lowercased() + abstract.dropFirst()
  }
}

extension DescribedArgument {
  fileprivate var meaning: String { help + (defaultValue.map { " The default is \($0)." } ?? "") }
}
