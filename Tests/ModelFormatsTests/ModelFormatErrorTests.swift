import ModelFormats
import Testing

@Suite("An error of another framework's model") struct ModelFormatErrorTests {
  @Test("names the file, the object and the problem") func text() {
    let error = ModelFormatError(.unsupported, "the layer is a Lambda", path: "m.keras", object: "head")
    #expect("\(error)" == "m.keras: head: the layer is a Lambda")
    #expect("\(ModelFormatError(.malformed, "is cut off", path: "m.keras"))" == "m.keras: is cut off")
  }
}
