import Testing

@testable import bntool

@Suite("Manual pages")
struct ManualTests {
  @Test("keep the lines of examples and tables, and put all other text into paragraphs")
  func discussion() {
    let discussion = Discussion(
      """
      One paragraph.

      Methods, of which
      there are two:
        pooled  all together,
                once
        paper   apart
      Or else:
        --from FILE

      Exit status:
        0  done

      Examples:
        bntool run a.h5
      """)
    #expect(discussion.sections.map(\.title) == [nil, nil, nil, "EXIT STATUS", "EXAMPLES"])
    #expect(
      discussion.sections.map(\.text) == ["One paragraph.", "Methods, of which there are two:", "Or else:", "", ""])
    #expect(
      discussion.sections.map(\.lines) == [
        [], ["pooled  all together,", "        once", "paper   apart"], ["--from FILE"], ["0  done"],
        ["bntool run a.h5"],
      ])
    let rows = discussion.sections.map { $0.table?.rows.map { "\($0.term): \($0.meaning)" } }
    #expect(rows == [nil, ["pooled: all together, once", "paper: apart"], nil, ["0: done"], nil])
    #expect(discussion.sections[1].table?.column == 8)
  }

  @Test(
    "escape characters with a meaning in roff",
    arguments: [
      ("--output", "\\-\\-output"), ("sqrt(ε)", "sqrt([u03B5])"), ("a\\b", "a\\eb"), ("'/**'", "\\(aq/**\\(aq"),
      ("𝛍 ~ ^`", "[u1D6CD] \\(ti \\(ha\\(ga"),
    ])
  func text(_ text: String, _ escaped: String) {
    #expect(Roff.text(text) == escaped.replacing("[u", with: "\\[u"))
  }

  @Test("never begin a line with a roff request by accident")
  func requests() {
    #expect(Roff.entry("\\fBx\\fR", ".npy files") == ".TP\n\\fBx\\fR\n\\&.npy files\n")
  }

  @Test("break a command that is too long for a line in front of an option")
  func longExample() {
    let command = "bntool average a.h5 b.h5 --weights 3,1 --select '/encoder/**' --output average.h5"
    let section = Discussion.Section(title: "EXAMPLES", text: "", lines: [command])
    #expect(
      Roff.block(section) == """
        .nf
        bntool average a.h5 b.h5 \\-\\-weights 3,1 \\-\\-select \\(aq/encoder/**\\(aq \\e
          \\-\\-output average.h5
        .fi

        """)
  }

  @Test("never break the synopsis between an option and its value, or inside a choice")
  func synopsis() {
    #expect(
      Roff.synopsis("bntool run <a> ... --to <file> [--json]\n  [--quiet | --verbose]") == """
        .HP
        \\fBbntool\\fR\\ \\fBrun\\fR
        \\fIa\\fR\\ ...
        \\fB\\-\\-to\\fR\\ \\fIfile\\fR
        [\\fB\\-\\-json\\fR]
        [\\fB\\-\\-quiet\\fR\\ |\\ \\fB\\-\\-verbose\\fR]

        """)
  }

  @Test("describe a command by its own help")
  func page() throws {
    let page = try ManualPage(of: Merge.self)
    #expect(page.name == "bntool-merge")
    #expect(page.source.hasPrefix(".\\\" Made by bntool from the texts of its --help.\n.TH BNTOOL\\-MERGE 1 "))
    for part in [
      "\n.SH NAME\nbntool\\-merge \\- merge files of update pairs, or parts of an average\n",
      "\n.SH ARGUMENTS\n.TP\n\\fIpairs\\fR ...\n",
      "\n.TP\n\\fB\\-\\-output\\fR \\fIfile\\fR\nThe file to write: update pairs, or the result of the parts.\n",
      "\n.TP\n\\fB\\-q\\fR, \\fB\\-\\-quiet\\fR\n", "\n.SH EXIT STATUS\n.PD 0\n.TP 4n\n0\nsuccess\n",
      "\n.SH EXAMPLES\n.nf\nbntool merge ",
      "\n.SH SEE ALSO\n\\fBbntool\\fR(1)\n",
    ] {
      #expect(page.source.contains(part), "\(part)")
    }
  }

  @Test("say the same in Markdown, with links between the pages")
  func markdown() throws {
    let merge = try ManualPage(of: Merge.self, in: Markdown.self).source
    for part in [
      "# bntool-merge\n\nMerge files of update pairs, or parts of an average.\n\n",
      "\n## Synopsis\n\n```\nbntool merge <pairs> ... --output <file> [",
      "\n## Arguments\n\n- `pairs ...`: ",
      "\n- `--output file`: The file to write: update pairs, or the result of the parts.\n",
      "\n- `-q, --quiet`: ", "\n## Exit status\n\n- `0`: success\n", "\n## Examples\n\n```\nbntool merge ",
      "\n## See also\n\n[bntool](bntool.md)\n",
    ] {
      #expect(merge.contains(part), "\(part)")
    }
    let root = try ManualPage(of: BNTool.self, in: Markdown.self).source
    #expect(root.contains("\n- [bntool-merge](bntool-merge.md): Merge files of update pairs, or parts of an average."))
    #expect(Markdown.text("Give --held-out.") == "Give `--held-out`.")
    #expect(Markdown.text("a_b * <c> [d] `e` \\") == "a\\_b \\* \\<c> \\[d\\] \\`e\\` \\\\")
  }

  @Test("exist for every command, in ASCII, and name the common switches")
  func commands() throws {
    #expect(BNTool.shownCommands.count >= 10)
    for command in BNTool.shownCommands {
      let source = try ManualPage(of: command).source
      #expect(source.utf8.allSatisfy { $0 < 0x80 })
      for option in ["json", "quiet", "verbose", "help"] { #expect(source.contains("\\-\\-\(option)"), "\(command)") }
    }
  }
}
