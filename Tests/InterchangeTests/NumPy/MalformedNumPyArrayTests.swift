import Interchange
import Tensors
import Testing

@Suite("Malformed NumPy arrays")
struct MalformedNumPyArrayTests {
  /// A version 1 file with the given text as its header.
  static func file(_ text: String, data: Int = 0, version: UInt8 = 1) -> [UInt8] {
    let count = text.utf8.count
    let length = [UInt8(count & 0xFF), UInt8(count >> 8)] + (version == 1 ? [] : [0, 0])
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(text.utf8) + Array(repeating: 0, count: data)
  }

  static let malformed: [(String, Int)] = [
    ("", 0), ("{", 0), ("{}", 0), ("[]", 0),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 7),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 9),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", 8),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", 8),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", 8),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,)}", 8),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", 8),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 0),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,)}", 0),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807, 2)}", 0),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", 8),
    ("{'descr': '<f4', 'fortran_order': False}", 8),
    ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 8),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}", 8),
    ("{'descr': '|f4', 'fortran_order': False, 'shape': (2,)}", 8),
    ("{'descr': 'f4', 'fortran_order': False, 'shape': (2,)}", 8),
    ("{'descr': '', 'fortran_order': False, 'shape': (2,)}", 8),
    ("{'descr': '<\\x664', 'fortran_order': False, 'shape': (2,)}", 8),
    ("{'descr': '<f4, 'fortran_order': False, 'shape': (2,)}", 8),
    ("{'descr': '<f1', 'fortran_order': False, 'shape': (\(String(repeating: "1,", count: 65)))}", 8),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (\(String(repeating: "1,", count: 65)))}", 4),
  ]

  @Test("headers that break the rules are refused", arguments: malformed)
  func headers(text: String, data: Int) throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("array.npy", Self.file(text, data: data))
    let error = #expect(throws: InterchangeError.self) { try NumPyArray(opening: path) }
    #expect(error?.code == (text.contains("f1") ? .unsupported : .malformed))
    #expect(error?.path == path)
  }

  @Test("a header may have any spaces and any order")
  func lenient() throws {
    let directory = try TemporaryDirectory()
    let text = "\n{\"shape\":( 2L ,1),\t'fortran_order' : True,'descr':'<u2' , } \n"
    for version in [1, 2, 3] as [UInt8] {
      let path = try directory.file("array.npy", Self.file(text, data: 4, version: version))
      #expect(try NumPyArray(opening: path).read() == Tensor([0, 0] as [Int64], shape: [2, 1]))
    }
  }

  @Test("unknown versions and endless headers are refused")
  func versions() throws {
    let directory = try TemporaryDirectory()
    expectError(.unsupported, mentioning: "version 4.0") {
      try NumPyArray(opening: directory.file("array.npy", Self.file("{}", version: 4)))
    }
    let endless = [0x93] + Array("NUMPY".utf8) + [2, 0, 0xFF, 0xFF, 0xFF, 0xFF]
    expectError(.malformed, mentioning: "which is too many") {
      try NumPyArray(opening: directory.file("array.npy", endless))
    }
  }

  @Test("a file cut off anywhere is refused")
  func truncated() throws {
    let directory = try TemporaryDirectory()
    let whole = try bytes(ofFile: fixturePath("little_f4.npy"))
    for count in 0..<whole.count {
      expectError(.malformed) {
        try NumPyArray(opening: directory.file("array.npy", Array(whole.prefix(count))))
      }
    }
  }

  @Test("a changed byte gives an array or an error")
  func mutated() throws {
    let directory = try TemporaryDirectory()
    let whole = try bytes(ofFile: fixturePath("fortran.npy"))
    var refusals = 0
    for index in 0..<128 {
      for change in [0x01, 0x08, 0x80, 0xFF] as [UInt8] {
        var bytes = whole
        bytes[index] ^= change
        do {
          _ = try NumPyArray(opening: directory.file("array.npy", bytes)).read()
        } catch is InterchangeError {
          refusals += 1
        }
      }
    }
    #expect(refusals > 300)
  }

  @Test("booleans are 0 or 1, and unsigned integers within int64")
  func values() throws {
    let directory = try TemporaryDirectory()
    let boolean = Self.file("{'descr': '|b1', 'fortran_order': False, 'shape': (1,)}") + [2]
    expectError(.malformed, mentioning: "neither 0 nor 1") {
      try NumPyArray(opening: directory.file("array.npy", boolean)).read()
    }
    let large = Self.file("{'descr': '>u8', 'fortran_order': False, 'shape': ()}") + [0x80, 0, 0, 0, 0, 0, 0, 0]
    expectError(.unsupported, mentioning: "int64") {
      try NumPyArray(opening: directory.file("array.npy", large)).read()
    }
  }
}
