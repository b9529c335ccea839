import ArgumentParser
import Checkpoints
import Messages
import PopulationStatistics
import Tensors

/// The option for minibatches that have examples in common.
struct OverlapOptions: ParsableArguments {
  @Flag(help: "Accept minibatches with examples in common. These examples count twice.")
  var allowOverlap = false

  /// Finds minibatches that have examples in common, and minibatches that do not record their examples.
  ///
  /// - Throws: `NegativeAnswer` for an overlap, unless overlaps are allowed. An allowed overlap gives a warning.
  func check(_ updates: some UpdateCollection, of sources: [UpdateSource]) throws {
    if let overlap = updates.overlap {
      let files = [overlap.first, overlap.second].compactMap { minibatch in
        sources.first { $0.minibatches.contains { $0.identity == minibatch.identity } }?.file
      }
      let place = Set(files).count > 1 ? " (in \(files.joined(separator: " and ")))" : ""
      guard allowOverlap else {
        throw NegativeAnswer(
          description: "\(files.first.map { "\($0): " } ?? "")\(overlap)\(place). Leave out one of the two "
            + "minibatches, or pass --allow-overlap to count the examples twice")
      }
      Console.warn("\(overlap)\(place)")
    }
    warnAboutUnknownExamples(updates, of: sources)
  }

  /// Warns if several files have pairs of the same parameters, and some of these pairs do not record their examples.
  private func warnAboutUnknownExamples(_ updates: some UpdateCollection, of sources: [UpdateSource]) {
    var found: [Digest: (file: Int, isShared: Bool)] = [:]
    for (file, source) in sources.enumerated() {
      for digest in Set(source.minibatches.lazy.compactMap(\.parametersDigest)) {
        found[digest] = found[digest].map { ($0.file, $0.file != file || $0.isShared) } ?? (file, false)
      }
    }
    let count = updates.minibatches.count {
      $0.examples == nil && ($0.parametersDigest.flatMap { found[$0]?.isShared } ?? false)
    }
    guard count > 0 else { return }
    Console.warn(
      "\(counted(count, "minibatch")) \(count == 1 ? "does not record its" : "do not record their") examples, so bntool cannot "
        + "check that no example counts twice")
  }
}
