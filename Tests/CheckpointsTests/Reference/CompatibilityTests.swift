import Checkpoints
import Foundation
import TestSupport
import Testing

/// The frozen files with their SHA-256 digests. tools/trust/freeze.py adds lines. No line is ever changed or removed.
private let frozen = [
  "2.0-other-major.h5": "35ef0e77310a309be7a397a0bad0ca8e5b6fab0845533dedd865347f0ca60c40",
  "1.0-average.h5": "b6af5817c4b7d52072d6ec7484a4096d5b87527aa74ec48e20dd6e02da3d8ba0",
  "1.0-collected.h5": "30d0071682f91b85b7db7eabb74f9fe3140432df6275d9b41f93742e0b0e5f1f",
  "1.0-deflated.h5": "afaa0bb096a522fc7f6498f007bcc1f99b96f1019bfac02e57f4cd44c1c97242",
  "1.0-model-with-updates.h5": "ea9bcac8fb5fe5bacad731269a99a06844e5acb0d8ddf91c54ce6a24eb2133b5",
  "1.0-model.h5": "566b92523e570e6518306196aff8b884f6cb6968e5d59abaca8f40b968145d85",
  "1.0-updates.h5": "574459b6fb3c91ae68a8b048270559a390db8eae5c3486a716b92b41254ec2b8",
  "1.0-variable-length-text.h5": "d4ca859eb06e00aa0bff8104d59a7412a729a7bd50d1002d48e44e260cb28b1d",
  "1.1-sixteen-bits-deflated.h5": "44c4c1ca554671ad6d10a1ee71703b4f1d6515e9e17387d9a5889275e1237f5e",
  "1.1-sixteen-bits.h5": "49475d256064b92eeea9bf76fd5121535e45cbc0d2310c29db3e5e9a46a426da",
  "1.x-unknown-members.h5": "743e0830dc1b9c7f0d0b2d68b539d1b34e2b7f36ba68866742da99991f6e7ba6",
  "hdf5-1.12-defaults.h5": "5ef472219bd2aa6b96479eef2a30aee34aedc0f754aca08b9ed36246063efc7d",
  "hdf5-1.14-defaults.h5": "5ef472219bd2aa6b96479eef2a30aee34aedc0f754aca08b9ed36246063efc7d",
  "hdf5-2.0-defaults.h5": "5ef472219bd2aa6b96479eef2a30aee34aedc0f754aca08b9ed36246063efc7d",
]

@Suite("A checkpoint of an earlier version")
struct CompatibilityTests {
  private static let folder = Repository.fixture("compatibility")
  private static let readable = frozen.keys.filter { !$0.hasPrefix("2.") }.sorted()

  @Test("is in its folder, and never changes")
  func unchanged() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["sha256sum"] + frozen.keys.sorted()
    process.currentDirectoryURL = URL(fileURLWithPath: Self.folder)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let lines = frozen.map { "\($0.value)  \($0.key)" }
    #expect(Set(text.split(separator: "\n").map(String.init)) == Set(lines))
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".h5") }
    #expect(Set(names) == Set(frozen.keys))
  }

  @Test("has the values that h5py reads, and a sound verification", arguments: readable)
  func values(_ name: String) throws {
    let path = "\(Self.folder)/\(name)"
    #expect(try Verification(checkpoint: path).count(.error) == 0)
    let checkpoint = try Checkpoint(opening: path)
    if checkpoint.kind == .model { _ = try checkpoint.model() }
    _ = try checkpoint.updates()
    let all = try JSONDecoder().decode(
      [String: [String: [String]]].self, from: Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/expected.json")))
    let expected = try #require(all[name])
    #expect(!expected.isEmpty)
    for entry in checkpoint.contents.tensors {
      // h5py has no type for bfloat16, so the list does not have these.
      guard let texts = expected[entry.path.text] else {
        #expect(entry.type == .bfloat16)
        continue
      }
      var reader = try checkpoint.reader(of: entry)
      var values: [Double] = []
      while let block = try reader.next() { values += block.doubles }
      #expect(
        values.elementsEqual(texts.compactMap(Double.init)) { $0 == $1 || ($0.isNaN && $1.isNaN) }, "\(entry.path)")
    }
  }

  @Test("of a newer major version is refused with advice")
  func major() throws {
    let path = "\(Self.folder)/2.0-other-major.h5"
    _ = expectError(
      CheckpointError.self, mentioning: ["has format version 2.0", "read it with the program that wrote it"],
      sourceLocation: #_sourceLocation, { _ = try Checkpoint(opening: path) }
    ) { $0.code == .unsupported }
  }
}
