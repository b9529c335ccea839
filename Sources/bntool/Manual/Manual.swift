import ArgumentParser
import Checkpoints
import Platform

/// Writes the manual pages. tools/install and tools/docs call this command, and help does not show it.
struct Manual: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual", _superCommandName: "bntool",
    abstract: "Write the manual pages of all commands.", shouldDisplay: false)

  @Argument(help: ArgumentHelp("The folder that gets the pages.", valueName: "folder"), completion: .directory)
  var folder: String

  @Flag(name: .customLong("markdown"), help: "Write Markdown for the documentation's site, not roff.")
  var isMarkdown = false

  func run() throws {
    let markup: any ManualMarkup.Type = isMarkdown ? Markdown.self : Roff.self
    for command in [BNTool.self as any ParsableCommand.Type] + BNTool.shownCommands {
      let page = try ManualPage(of: command, in: markup)
      try AtomicFile.write(to: "\(folder)/\(page.name).\(markup.fileExtension)") { path in
        guard let file = fopen(path, "w") else { throw failure("cannot be created", path) }
        let isWritten = fputs(page.source, file) >= 0
        guard fclose(file) == 0, isWritten else { throw failure("writing failed", path) }
      }
    }
  }

  private func failure(_ what: String, _ path: String) -> OutputError {
    OutputError(description: "\(path): \(what): \(String(cString: strerror(errno)))")
  }
}
