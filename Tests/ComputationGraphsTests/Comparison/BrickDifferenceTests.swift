import ComputationGraphs
import JSON
import Testing

@Suite("The differences between bricks")
struct BrickDifferenceTests {
  private func messages(_ old: String, _ new: String) throws -> [String] {
    func node(_ text: String) throws -> BrickNode {
      BrickNode(type: "Dense", name: "dense", configuration: try JSONValue(parsing: text).members())
    }
    return BrickNode.differences(from: [try node(old)], to: [try node(new)]).map(\.message)
  }

  @Test("do not contain Keras's ids, modules and shapes of building, but its settings")
  func bookkeeping() throws {
    let archive = #"""
      {"dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": null,
       "shared_object_id": 7}, "layers": [{"module": "keras.layers", "class_name": "Dense", "registered_name": null,
       "config": {"units": 3}, "build_config": {"input_shape": [null, 5]}, "compile_config": {}}]}
      """#
    let legacy = #"""
      {"dtype": {"class_name": "DTypePolicy", "config": {"name": "UNITS"}, "shared_object_id": 12},
       "layers": [{"class_name": "Dense", "config": {"units": 3}}]}
      """#
    #expect(try messages(archive, legacy.replacing("UNITS", with: "float32")) == [])
    #expect(try messages(#"{"keras": {}}"#, #"{"keras": {}, "backend": "torch"}"#) == [])
    let differences = try messages(archive, legacy.replacing("UNITS", with: "float16"))
    #expect(differences.count == 1 && differences[0].contains("float16"), "\(differences)")
  }

  @Test("contain equal names of settings that are not in an object of Keras")
  func ownSettings() throws {
    #expect(try messages(#"{"module": "a"}"#, #"{"module": "b"}"#) == [#"configuration: module "a" → "b""#])
    #expect(try messages(#"{"x": {"module": "a"}}"#, #"{"x": {}}"#).count == 1)
  }
}
