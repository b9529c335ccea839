import Checkpoints
import Foundation
import HDF5

extension FormatMutation {
  /// Writes the right checksums of the metadata of an HDF5 file. Each repair can uncover the next wrong one.
  static func repairHDF5(_ input: inout [UInt8]) {
    let path = Session.path + ".changed"
    for _ in 0..<4 {
      do {
        try Data(input).write(to: URL(fileURLWithPath: path))
        let repairs = try HDF5.File.wrongChecksums(inFile: path)
        guard !repairs.isEmpty else { return }
        for repair in repairs where repair.offset + 4 <= input.count {
          write(UInt64(repair.checksum), 4, at: repair.offset, &input)
        }
      } catch { return }
    }
  }
}

extension Harness {
  private static let hdf5Seeds = [
    ("fixtures/valid", [".h5"]), ("fixtures/malformed", [".h5"]), ("fixtures/malformed/files", [".h5"]),
    ("fixtures/foreign", [".h5"]), ("fixtures/keras", [".h5"]),
    ("Tests/HDF5Tests/Fixtures", [".h5"]),
  ]

  static let hdf5 = Harness(
    name: "hdf5", seeds: hdf5Seeds, fileName: "input.h5", repair: FormatMutation.repairHDF5
  ) { path in
    let file = try HDF5.File(opening: path)
    var failure: HDF5Error?
    try readAttributes(file)
    for object in try file.descendants() {
      do {
        switch object.kind {
        case .group: try readAttributes(file.openGroup(object.path))
        case .dataset:
          let dataset = try file.openDataset(object.path)
          try readAttributes(dataset)
          _ = try dataset.storage
          _ = try dataset.unwrittenChunkCount
          if dataset.datatype.isText { _ = try dataset.readStrings() }
          if dataset.datatype.isNumeric {
            _ = try? dataset.read(as: Int64.self)
            _ = try dataset.read(as: Float.self)
          }
          _ = try? dataset.readBytes()
        case .datatype: break
        }
      } catch let error as HDF5Error {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }

  static let checkpoint = Harness(
    name: "checkpoint", seeds: [("fixtures/valid", [".h5"]), ("fixtures/malformed", [".h5"])], fileName: "input.h5",
    repair: FormatMutation.repairHDF5
  ) { path in
    _ = try? Verification(checkpoint: path)
    let checkpoint = try Checkpoint(opening: path)
    _ = try? checkpoint.model()
    _ = try? checkpoint.updates()
  }

  private static func readAttributes(_ holder: borrowing some AttributeHolder & ~Copyable) throws {
    for name in try holder.attributeNames() {
      let shape = try holder.attributeShape(name)
      if shape.datatype.isText { _ = try holder.texts(inAttribute: name) }
      if shape.datatype.isNumeric {
        _ = try? holder.numbers(inAttribute: name, as: Double.self)
        _ = try? holder.numbers(inAttribute: name, as: Int32.self)
      }
    }
  }
}
