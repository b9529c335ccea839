import Foundation
import Testing

/// Each line of Swift code on the pages also occurs in the tests.
@Suite("The pages of the documentation")
struct PageTests {
  /// The pages with Swift code, as paths in the repository.
  static let pages: [String] = {
    let articles = files(in: "docs").filter { $0.hasSuffix(".md") }
    let landing = ["Bricks", "Checkpoints"].map { "Sources/\($0)/\($0).docc/\($0).md" }
    return (articles + landing + ["README.md"]).filter { (try? text(of: $0))?.contains("```swift\n") == true }
  }()

  private static func files(in folder: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: Repository.folder.appending(path: folder).path)
    return (names ?? []).sorted().map { "\(folder)/\($0)" }
  }

  private static func text(of path: String) throws -> String {
    try String(contentsOf: Repository.folder.appending(path: path), encoding: .utf8)
  }

  /// Without comments and white space, so that lines may be broken in other places. A test has its files in a folder of its own,
  /// so that `path("a.h5")` in a test is `"a.h5"` on a page.
  private func squeezed(_ text: some StringProtocol) -> String {
    let code = String(text).split(separator: "\n").map { $0.replacing(/\s+\/\/.*/) { _ in "" } }.joined()
    return code.filter { !$0.isWhitespace }.replacing(/path\(("[^"]*")\)/) { $0.1 }
  }

  private func tests() throws -> String {
    try Self.files(in: "Tests/ExamplesTests/Articles").map { squeezed(try Self.text(of: $0)) }.joined()
  }

  @Test("have only Swift code that is compiled here", arguments: pages)
  func snippets(_ page: String) throws {
    let tests = try tests()
    let blocks = try Self.text(of: page).components(separatedBy: "```swift\n").dropFirst()
    for block in blocks.map({ $0.components(separatedBy: "```")[0] }) {
      // A test imports everything at its beginning, and can have other lines between two parts of a program.
      let lines = block.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("import ") }
      for part in lines.split(separator: "").map({ $0.joined(separator: "\n") }) {
        let isCompiled = tests.contains(squeezed(part))
        #expect(isCompiled, "\(part)")
      }
    }
  }

  @Test("are found with their code") func count() throws {
    #expect(Self.pages.count >= 11)
  }

  @Test("have compiled code in the tables of the guide from Blocks, too")
  func cells() throws {
    let tests = try tests()
    // In a table's last column, what has a parenthesis, a colon or an assignment is Swift.
    let cells = try Self.text(of: "docs/from-blocks.md").split(separator: "\n").filter { $0.hasPrefix("| ") }
      .compactMap { $0.replacing("\\|", with: "").split(separator: "|").last }
    let code = cells.flatMap { $0.split(separator: "`", omittingEmptySubsequences: false).enumerated() }
      .filter { !$0.offset.isMultiple(of: 2) }.map(\.element).filter { $0.contains(/[(:=$]/) && !$0.hasSuffix(":") }
    #expect(code.count > 40)
    for piece in code {
      let isCompiled = tests.contains(squeezed(piece))
      #expect(isCompiled, "\(piece)")
    }
  }
}
