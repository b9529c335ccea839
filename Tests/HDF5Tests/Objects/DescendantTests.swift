import HDF5
import Testing

@Suite("The objects below a group")
struct DescendantTests {
  private func lines(_ objects: [Descendant]) -> [String] { objects.map { "\($0.kind.rawValue) \($0.path)" } }

  @Test("are listed with their paths and kinds, through hard links only")
  func links() throws {
    // h5py's visit_links lists the same paths, and also three soft and external links, which lead elsewhere.
    let file = try File(opening: fixture("links"))
    #expect(
      try lines(file.descendants()) == [
        "group B", "group a", "dataset a/data", "group a.b", "group b", "datatype type", "group é",
      ])
    #expect(try lines(file.openGroup("a").descendants()) == ["dataset data"])
  }

  @Test("end at a circle, and are listed only under the first name of each group")
  func circle() throws {
    let file = try File(opening: Repository.fixture("malformed/C3-group-cycle.h5"))
    let paths = try file.descendants().map(\.path).filter { $0.hasPrefix("parameters") }
    // /parameters/net/loop is /parameters itself.
    #expect(
      paths == [
        "parameters", "parameters/net", "parameters/net/activation", "parameters/net/activation/bn",
        "parameters/net/activation/bn/batch_norm_scale", "parameters/net/activation/bn/batch_norm_shift",
        "parameters/net/linear", "parameters/net/linear/W", "parameters/net/loop",
      ])
  }

  @Test("are none in an empty file")
  func empty() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      let objects = try file.descendants()
      #expect(objects.isEmpty)
    }
  }
}
