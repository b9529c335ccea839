import ComputationGraphs

/// A greedy model soup (Wortsman et al., "Model soups", arXiv 2203.05482): the uniform average of those of some checkpoints that do
/// not make it worse.
///
/// The checkpoints are scored by themselves and ordered, the best first, equal ones as they were named. Each in turn is averaged
/// with those that are in already, and stays in where the score does not drop. Before every scoring the population statistics are
/// prepared for the parameters, since averaged parameters have none that are right.
public struct GreedySoup: Sendable {
  /// What became of one checkpoint.
  public struct Decision: Hashable, Sendable {
    /// The checkpoint.
    public let file: String
    /// Its score by itself.
    public let ownScore: Double
    /// The score of the soup with it; for the first its own.
    public let soupScore: Double
    /// Whether it is in the soup.
    public let isKept: Bool
  }

  /// The average of the checkpoints that were kept, with prepared statistics.
  public let model: Model
  /// Its score.
  public let score: Double
  /// What became of each checkpoint, in the order in which they were tried.
  public let decisions: [Decision]

  /// The checkpoints that are in, the best first.
  public var members: [String] { decisions.filter(\.isKept).map(\.file) }

  /// Makes a soup.
  ///
  /// - Parameters:
  ///   - paths: Checkpoints of one model, at least one.
  ///   - averaging: How parameters are averaged. Its weighting and the source of statistics are not used: all count the same, and
  ///     what is not averaged is that of the best checkpoint.
  ///   - prepare: The model with statistics that are right for its parameters.
  ///   - score: How good a prepared model is; higher is better, and it is no NaN.
  ///   - progress: Called with each decision as it is made.
  /// - Throws: `CheckpointError` if a checkpoint cannot be read or is of another model; the errors of the closures.
  /// - Complexity: two preparations and scorings for each checkpoint, in memory for two models.
  public init(
    _ paths: [String], _ averaging: ParameterAveraging = ParameterAveraging(), prepare: (Model) throws -> Model,
    score: (Model) throws -> Double, progress: (Decision) throws -> Void = { _ in }
  ) throws {
    // Before anything takes long: are they checkpoints of one model?
    _ = try AveragingInputs(paths)
    var averaging = averaging
    (averaging.weighting, averaging.statisticsSource) = (.uniform, nil)
    let scores = try paths.map { try score(prepare(Checkpoint(opening: $0).model())) }
    let order = paths.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
    var best = try prepare(Checkpoint(opening: paths[order[0]]).model())
    var bestScore = scores[order[0]]
    var members = [paths[order[0]]]
    var decisions = [Decision(file: members[0], ownScore: bestScore, soupScore: bestScore, isKept: true)]
    try progress(decisions[0])
    for index in order.dropFirst() {
      // The last checkpoint gives what is not averaged.
      let average = try averaging.payload(averaging: (members + [paths[index]]).reversed()).payload.model
      guard let candidate = try average.map(prepare) else { continue }
      let candidateScore = try score(candidate)
      let isKept = candidateScore >= bestScore
      if isKept {
        (best, bestScore) = (candidate, candidateScore)
        members.append(paths[index])
      }
      let decision = Decision(
        file: paths[index], ownScore: scores[index], soupScore: candidateScore, isKept: isKept)
      decisions.append(decision)
      try progress(decision)
    }
    model = best
    self.score = bestScore
    self.decisions = decisions
  }
}
