import Testing
@testable import Remote

@Suite("A Content-Range header")
struct PlaceTests {
  @Test("gives a range and the size of the object") func valid() {
    let place = Transfer.place("bytes 10-19/100")
    #expect(place?.range == 10..<20 && place?.total == 100)
    let empty = Transfer.place("Bytes */0")
    #expect(empty?.range == 0..<0 && empty?.total == 0)
  }

  @Test(
    "of another form gives no range",
    arguments: [
      "", "bytes", "bytes 0-9", "bytes 0-9/*", "bytes 9-0/10", "bytes 0-10/10", "bytes -1-5/10", "bytes 0-5/-1",
      "items 0-5/10",
      "bytes 0-5/99999999999999999999", "bytes a-b/10", "bytes 0-5/10 20", "bytes 0--5/10",
    ])
  func invalid(text: String) { #expect(Transfer.place(text) == nil) }
}
