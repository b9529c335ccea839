import Checkpoints
import ComputationGraphs
import Figures
import Messages
import Names
import PopulationStatistics

/// A finding of a report in words, with the commands to run next.
struct ReportFinding: Encodable {
  enum Severity: String, Encodable {
    case good, caution, bad
  }

  let severity: Severity
  let text: String
  var commands: [String] = []
}

/// The findings about the statistics in the files of a model.
struct Findings {
  /// A file is suspicious if its distance from both neighbours is at least this many times the distance between the neighbours.
  static let outlierFactor = 4.0
  /// The least mean divergence of a suspicious file, in nats.
  static let leastDivergence = 0.05

  private let model: PicturedModel

  init(_ model: PicturedModel) { self.model = model }

  /// All findings, the most serious ones first.
  var all: [ReportFinding] {
    let found = outliers + states + contradictions + deadChannels + invalidValues
    let bad = found.filter { $0.severity == .bad } + found.filter { $0.severity == .caution }
    guard bad.isEmpty else { return bad }
    guard model.files.contains(where: { !$0.normalizations.isEmpty }) else { return [nothingToJudge] }
    return [
      ReportFinding(
        severity: .good,
        text: "All population statistics are estimated with the parameters of their file. No channel looks dead."
          + (model.files.count > 2 ? " Every checkpoint fits its neighbours." : ""))
    ]
  }

  /// The finding about files without population statistics.
  private var nothingToJudge: ReportFinding {
    let (first, updates) = (model.files[0], model.files.filter { !$0.updates.isEmpty })
    if first.graph != nil {
      return ReportFinding(
        severity: .good, text: "\(names(model.files)): no batch normalization, so no population statistics.")
    }
    guard let pairs = updates.first else {
      return ReportFinding(
        severity: .good,
        text: "\(names(model.files)): no tensors that look like the statistics of a batch normalization.")
    }
    return ReportFinding(
      severity: .good,
      text: "\(names(updates)): recorded update pairs without a model. A model gets its statistics from them.",
      commands: ["bntool average-stats \(Shell.quoted(pairs.file)) --model MODEL --output averaged.h5"])
  }

  private func names(_ files: [PicturedFile]) -> String { listed(files.map(\.label), limit: 6) }

  private var states: [ReportFinding] {
    var findings: [ReportFinding] = []
    let never = model.files.filter { $0.normalizations.contains { $0.state == .neverEstimated } }
    if !never.isEmpty {
      let (withPairs, without) = (never.filter { !$0.pooled.isEmpty }, never.filter(\.pooled.isEmpty))
      let count = never[0].normalizations.count { $0.state == .neverEstimated }
      findings.append(
        ReportFinding(
          severity: .bad,
          text: "\(names(never)): \(counted(count, of: never[0].normalizations.count, "normalization")) "
            + "\(count == 1 ? "was" : "were") never estimated. Inference uses initial values.",
          commands: withPairs.prefix(1).map { "bntool average-stats \(Shell.quoted($0.file)) --output averaged.h5" }
            + without.prefix(1).map { "bntool recalibrate \(Shell.quoted($0.file)) DATA --output right.h5" }))
    }
    let averages = model.files.filter { $0.normalizations.contains { $0.state == .trainingAverage } }
    if let first = averages.first {
      findings.append(
        ReportFinding(
          severity: .caution,
          text:
            "\(names(averages)): the statistics are moving averages of training. They can be used, but they are not exact.",
          commands: first.graph == nil ? [] : ["bntool check \(Shell.quoted(first.file)) DATA"]))
    }
    let unknown = model.files.filter { $0.normalizations.contains { $0.state == .stale && !$0.namesParameters } }
    if let first = unknown.first {
      findings.append(
        ReportFinding(
          severity: .caution,
          text:
            "\(names(unknown)): \(unknown.count == 1 ? "the file does" : "these files do") not name the parameters that the statistics "
            + "were estimated with, so the statistics may be stale. Check them against data.",
          commands: first.graph == nil ? [] : ["bntool check \(Shell.quoted(first.file)) DATA"]))
    }
    let stale = model.files.filter { $0.normalizations.contains { $0.state == .stale && $0.namesParameters } }
    if let first = stale.first {
      let count = first.normalizations.count { $0.state == .stale && $0.namesParameters }
      findings.append(
        ReportFinding(
          severity: .bad,
          text: "\(names(stale)): \(counted(count, of: first.normalizations.count, "normalization")) "
            + "\(count == 1 ? "is" : "are") stale: estimated with parameters other than those in the file.",
          commands: ["bntool recalibrate \(Shell.quoted(first.file)) DATA --output right.h5"]))
    }
    return findings
  }

  /// Files whose statistics are far from the statistics of both neighbours, while the neighbours are close to each other.
  private var outliers: [ReportFinding] {
    var worst: [Int: [(brick: Name, factor: Double)]] = [:]
    for brick in model.bricks {
      let known = model.known(brick)
      guard known.count > 2 else { continue }
      let distributions = known.map(\.normalization.channelDistributions)
      func distance(_ a: Int, _ b: Int) -> Double {
        let pairs = zip(distributions[a], distributions[b]).filter { $0.isValid && $1.isValid }
        guard !pairs.isEmpty else { return 0 }
        let values = pairs.map { min($0.divergence(from: $1), $1.divergence(from: $0)) }
        return Table.quantiles(values, [0.5])?[0] ?? 0
      }
      // Statistics of a file's own update pairs are right, even if they differ much from those of its neighbours.
      for place in 1..<known.count where !known[place].normalization.isFromPairs {
        let isLast = place == known.count - 1
        let before = distance(place - 1, place)
        let after = isLast ? before : distance(place, place + 1)
        // The last file has only one neighbour, so compare with the distances between the earlier files.
        let usual = isLast ? distance(max(place - 2, 0), place - 1) : distance(place - 1, place + 1)
        let least = min(before, after)
        guard least > Findings.leastDivergence, least > Findings.outlierFactor * usual else { continue }
        worst[known[place].index, default: []].append((brick, least / max(usual, 1e-6)))
      }
    }
    return worst.sorted { $0.key < $1.key }.map { index, bricks in
      let first = bricks.max { $0.factor < $1.factor }
      let path = Shell.quoted(model.files[index].file)
      return ReportFinding(
        severity: .bad,
        text: "\(model.files[index].label): its statistics do not fit the checkpoints before"
          + "\(index == model.files.count - 1 ? "" : " and after") it, in "
          + "\(counted(bricks.count, of: model.bricks.count, "normalization")), most in \(first?.brick.text ?? ""). "
          + "The parameters may be right and the statistics wrong.",
        commands: ["bntool check \(path) DATA", "bntool recalibrate \(path) DATA --output right.h5"])
    }
  }

  /// Statistics that differ from the average of the file's own update pairs.
  private var contradictions: [ReportFinding] {
    model.files.compactMap { file in
      let different = file.normalizations.filter { normalization in
        guard normalization.state == .estimated, let pooled = file.pooled[normalization.brick],
          let mean = pooled.mean, let deviation = pooled.standardDeviation, let stored = normalization.deviation,
          mean.count == normalization.mean.count
        else { return false }
        return mean.indices.contains { index in
          let (own, other) = (
            Gaussian(mean: normalization.mean[index], standardDeviation: stored[index]),
            Gaussian(mean: mean[index], standardDeviation: deviation[index])
          )
          return own.isValid && other.isValid
            && (own.meanShift(to: other) > 0.1 || abs(own.logarithmicRatio(to: other)) > 0.1)
        }
      }
      guard let first = different.first else { return nil }
      return ReportFinding(
        severity: .bad,
        text:
          "\(file.label): the statistics of \(counted(different.count, "normalization")) differ from the average of the recorded "
          + "update pairs. The first is \(first.brick).",
        commands: ["bntool average-stats \(Shell.quoted(file.file)) --output averaged.h5"])
    }
  }

  /// Dead channels, each with the file from which on it is dead in all files.
  private var deadChannels: [ReportFinding] {
    model.bricks.compactMap { brick in
      let known = model.known(brick)
      guard let last = known.last else { return nil }
      let dead = known.map { Set($0.normalization.series.deadChannels) }
      guard let now = dead.last, !now.isEmpty else { return nil }
      var onsets: [Int: [Int]] = [:]
      for channel in now {
        let first = (dead.lastIndex { !$0.contains(channel) } ?? -1) + 1
        onsets[first, default: []].append(channel)
      }
      let parts = onsets.sorted { $0.key < $1.key }.map { first, channels in
        let label = model.files[known[first].index].label
        let which = listedRanges(channels.sorted(), limit: 8)
        let subject =
          "\(channels.count == 1 ? "channel" : "channels") \(which) \(channels.count == 1 ? "is" : "are") dead"
        return model.files.count == 1
          ? subject : "\(subject) \(first == 0 ? "in all checkpoints from \(label) on" : "from \(label) on")"
      }
      return ReportFinding(
        severity: .caution,
        text: "\(brick): \(listed(parts)). \(counted(now.count, of: last.normalization.channels, "channel")) "
          + "\(now.count == 1 ? "has" : "have") σ within 1 % of sqrt(ε).")
    }
  }

  private var invalidValues: [ReportFinding] {
    model.files.compactMap { file in
      let count = file.normalizations.reduce(0) { $0 + $1.invalidCount }
      guard count > 0 else { return nil }
      return ReportFinding(
        severity: .bad,
        text:
          "\(file.label): \(counted(count, "number")) of the statistics cannot be right (not finite, or σ of at most 0).",
        commands: ["bntool verify \(Shell.quoted(file.file))"])
    }
  }
}

/// Quotes paths in the shell commands that a report suggests.
enum Shell {
  /// A path that a shell reads as one word.
  static func quoted(_ path: String) -> String {
    let isPlain =
      !path.isEmpty
      && path.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || ("0"..."9").contains($0) || "/._-+,:@%=".unicodeScalars.contains($0)
      }
    return isPlain ? path : "'\(path.replacing("'", with: "'\\''"))'"
  }
}
