import PopulationStatistics
import Testing

@testable import bntool

private let late = "fixtures/digits/late-1.h5"

@Suite("The message")
struct MessageTests {
  @Test("of an overlap is a negative answer in every command")
  func overlap() { #expect(ExitStatus(of: StatisticsError(.overlap, "twice")) == .negativeAnswer) }

  @Test("of a negative number in the place of an argument names the number")
  func negativeNumber() throws {
    let outcome = try Session().run("set-epsilon \(late) -1e-3 --output TMP/out.h5")
    #expect(outcome.status == 64)
    #expect(outcome.errors.hasPrefix("bntool: the number -1e-3 is negative; give a number of at least 0\n"))
    // A negative value of an option is not the fault.
    let other = try Session().run("set \(late) --value -1 --output TMP/out.h5")
    #expect(other.status == 64 && other.errors.contains("missing expected argument '<tensor>'"))
  }

  @Test("never has a line feed from the name of a file")
  func lineFeed() throws {
    let outcome = try Session().shell("\"$bntool\" inspect \"$(printf 'TMP/no\\nsuch.h5')\"")
    #expect(outcome.status == 66)
    #expect(outcome.errors == "bntool: TMP/no\u{FFFD}such.h5: there is no such file\n")
  }
}
