import Foundation
import Testing

/// The environments in which a command writes the same bytes. Each changes several things at once.
private let surroundings: [String] = {
  var surroundings = [
    "env LC_ALL=C TZ=UTC", "env LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8 TZ=Asia/Kathmandu",
    "env LC_ALL=tr_TR.UTF-8 TZ=America/St_Johns HOME=/ USER=other",
    // One processor means one thread. The other processors give several threads.
    "taskset -c 0",
    "sh -c 'umask 077; exec \"$@\"' sh",
    // Swift's dictionaries have a different order in each process, but always the same one with this variable.
    "env SWIFT_DETERMINISTIC_HASHING=1",
  ]
  let otherUser = "setpriv --reuid 65534 --regid 65534 --clear-groups"
  if let outcome = try? Session().shell("\(otherUser) test -r Package.swift -a -x \"$bntool\""), outcome.status == 0 {
    surroundings.append(otherUser)
  }
  return surroundings
}()

/// Commands that write a file, by the name of the file.
private let writers = [
  "average-stats fixtures/valid/two-update-groups.h5 --allow-prior --output OUT.h5",
  "extract fixtures/valid/two-update-groups.h5 --output OUT.h5",
  "merge fixtures/digits/snapshot-5.h5 fixtures/digits/snapshot-4.h5 --output OUT.h5",
  "average fixtures/valid/plain.h5 fixtures/valid/stale.h5 --output OUT.h5",
  "collect fixtures/digits/snapshot-5.h5 fixtures/digits/test.h5:images --batches 2 --output OUT.h5",
  "recalibrate fixtures/digits/snapshot-5.h5 fixtures/digits/test.h5:images --seed 3 --output OUT.h5",
  "run fixtures/digits/snapshot-5.h5 fixtures/digits/test.h5:images --output OUT.npy",
  "run fixtures/digits/snapshot-5.h5 fixtures/digits/test.h5:images --output OUT.h5",
  "repack fixtures/valid/plain.h5 --compress 6 --output OUT.h5", "fold fixtures/valid/plain.h5 --output OUT.h5",
  "set-epsilon fixtures/valid/plain.h5 1e-3 --output OUT.h5",
  "init Tests/bntoolTests/Fixtures/mlp.json --seed 7 --output OUT.h5",
  "set fixtures/valid/plain.h5 /mlp/linear_0.W --value 0.1 --output OUT.h5",
  "drop fixtures/valid/two-update-groups.h5 --updates --output OUT.h5",
  "convert fixtures/keras/dense.keras OUT.h5", "convert fixtures/keras/dense.keras OUT.keras",
  "convert fixtures/valid/plain.h5 OUT.safetensors", "convert fixtures/valid/plain.h5 OUT.npz",
  "convert fixtures/valid/plain.h5 OUT.onnx", "convert fixtures/onnx/arrangements.onnx OUT.h5",
  "sign fixtures/valid/plain.h5 --key Tests/SignaturesTests/Fixtures/ed25519.pem --output OUT.sig",
]

@Suite("A written file")
struct DeterminismTests {
  @Test(
    "has the same bytes in every run, locale and time zone, for every user, and with any number of threads",
    arguments: writers)
  func sameBytes(_ command: String) throws {
    let session = try Session()
    let name = try #require(command.split(separator: " ").last?.replacing("OUT", with: "out"))
    // Everybody may write to the folders, but each run has its own: a process may not read another user's file.
    var expected: Data?
    for (number, surrounding) in surroundings.enumerated() {
      _ = try session.shell("chmod 755 TMP; mkdir -m 777 TMP/\(number)")
      let words = command.replacing("OUT", with: "TMP/\(number)/out")
      let outcome = try session.shell("\(surrounding) \"$bntool\" \(words)")
      #expect(outcome.status == 0, "\(surrounding): \(outcome.errors)")
      let bytes = try session.contents("TMP/\(number)/\(name)")
      #expect(bytes == expected ?? bytes, "\(surrounding)")
      expected = bytes
    }
  }
}
