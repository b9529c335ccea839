import HDF5
import Testing

@Suite("Groups and links")
struct LinkTests {
  @Test("links are listed in the order of their names' bytes, with their kinds, and are not followed")
  func listing() throws {
    let file = try File(opening: fixture("links"))
    #expect(
      try file.links().map { "\($0.name): \($0.kind)" } == [
        "B: hard", "a: hard", "a.b: hard", "b: hard", "dangling: soft", "external: external", "soft: soft",
        "type: hard",
        "é: hard",
      ])
    #expect(try file.objectKind("a") == .group)
    #expect(try file.objectKind("a/data") == .dataset)
    #expect(try file.objectKind("type") == .datatype)
  }

  @Test("two links to one object lead to one identity, links to two objects to two")
  func identities() throws {
    // Made by h5py: V is a second hard link to W.
    let file = try File(opening: Repository.fixture("malformed/C4-tensor-linked-twice.h5"))
    let group = try file.openGroup("parameters/net/linear")
    #expect(try group.identity(of: "W") == group.identity(of: "V"))
    #expect(try group.identity(of: "W") == file.identity(of: "parameters/net/linear/V"))
    #expect(try group.identity(of: "W") != file.identity(of: "parameters/net"))
    expectFailure(.noSuchObject) { _ = try file.identity(of: "nothing") }
  }

  @Test("soft and external links are refused wherever they are on a path")
  func refusals() throws {
    let file = try File(opening: fixture("links"))
    for path in ["soft", "dangling", "external", "soft/data", "external/x"] {
      expectFailure(.refused) { _ = try file.openDataset(path) }
      expectFailure(.refused) { _ = try file.openGroup(path) }
      expectFailure(.refused) { _ = try file.objectKind(path) }
    }
    #expect(try file.exists("soft"))
    #expect(try file.exists("external"))
    expectFailure(.refused) { _ = try file.exists("soft/data") }
  }

  @Test("paths that lead nowhere or to another kind of object give an error that says so")
  func misses() throws {
    let file = try File(opening: fixture("links"))
    #expect(try !file.exists("nothing"))
    #expect(try !file.exists("nothing/at/all"))
    #expect(try !file.exists("a/data/below"))
    expectFailure(.noSuchObject) { _ = try file.openGroup("nothing") }
    expectFailure(.noSuchObject) { _ = try file.openDataset("a/data/below") }
    let error = expectFailure(.typeMismatch) { _ = try file.openDataset("a") }
    #expect(error?.description.hasSuffix("/a: is a group, not a dataset") == true)
    expectFailure(.typeMismatch) { _ = try file.openGroup("a/data") }
    expectFailure(.typeMismatch) { _ = try file.openGroup("type") }
  }

  @Test("names that no link can have are refused", arguments: ["", ".", "a//b", "/a", "a/", "./a", "a/.", "a\0b"])
  func invalidNames(path: String) throws {
    try withTemporaryFile { temporary in
      let file = try File(creating: temporary)
      expectFailure(.invalidName) { try file.createGroup(path) }
      expectFailure(.invalidName) { _ = try file.openDataset(path) }
      expectFailure(.invalidName) { _ = try file.exists(path) }
      expectFailure(.invalidName) { try file.writeDataset(path, [1]) }
    }
  }

  @Test("missing groups are created, and existing names are errors")
  func creation() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      let group = try file.createGroup("a/b/c")
      #expect(group.path == "/a/b/c")
      let dataset = try group.writeDataset("d/e", [1, 2, 3])
      #expect(dataset.path == "/a/b/c/d/e")
      #expect(try file.openDataset("a/b/c/d/e").read(as: Int.self) == [1, 2, 3])
      expectFailure(.alreadyExists) { try file.createGroup("a/b") }
      expectFailure(.alreadyExists) { try group.writeDataset("d", [1]) }
    }
    let file = try File(opening: fixture("links"))
    expectFailure(.permissionDenied) { try file.createGroup("new") }
  }

  @Test("a group of thousands of links lists them in order")
  func many() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      let names = (1000..<3000).map { "group \($0)" }
      for name in names.reversed() { try file.createGroup(name) }
      try file.close()
      #expect(try File(opening: path).links().map(\.name) == names)
    }
  }

  @Test("objects of a closed file report errors instead of crashing")
  func closedFile() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      let group = try file.createGroup("a")
      let dataset = try group.writeDataset("d", [1, 2, 3], options: DatasetOptions(chunkDimensions: [2]))
      try file.close()
      #expect(throws: HDF5Error.self) { try dataset.read(as: Int.self) }
      #expect(throws: HDF5Error.self) { try group.links() }
    }
  }
}
