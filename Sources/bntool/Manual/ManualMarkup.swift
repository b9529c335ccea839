/// A language in which manual pages are written.
protocol ManualMarkup {
  /// The end of a file's name, such as `1`.
  static var fileExtension: String { get }

  /// The beginning of a page: its name, its title such as `average checkpoints`, and the command's usage.
  static func header(_ name: String, title: String, usage: String) -> String

  /// A section; empty if its body is empty. The title is in capitals.
  static func section(_ title: String, _ body: String) -> String
  /// A part of a section.
  static func subsection(_ title: String, _ body: String) -> String
  /// Joins the blocks of the description.
  static func paragraphs(_ blocks: [String]) -> String
  /// A list of terms with their meanings.
  static func list(_ entries: [(term: String, meaning: String)]) -> String
  /// A part of the description: a paragraph, and the lines below it that keep their breaks.
  static func block(_ section: Discussion.Section) -> String

  /// The forms of an argument: names such as `-q` and `--quiet`, and the name of the value; nil if the argument has no value.
  static func form(names: [String], value: String?, isRepeating: Bool) -> String
  /// A link to another page.
  static func reference(to page: String) -> String
}
