import ComputationGraphs

/// A greedy model soup: the uniform average of all checkpoints that do not make the average worse.
///
/// The method is from Wortsman et al., "Model soups" (arXiv 2203.05482).
///
/// Each checkpoint is scored alone, and the checkpoints are sorted with the best score first; equal scores keep the given
/// order. Each checkpoint in turn is averaged with the kept checkpoints. If the score does not drop, the checkpoint is kept,
/// too. Before each scoring, the population statistics are prepared, because existing statistics are wrong for averaged
/// parameters.
public struct GreedySoup: Sendable {
  /// The decision about one checkpoint.
  public struct Decision: Hashable, Sendable {
    /// The checkpoint.
    public let file: String
    /// The score of the checkpoint alone.
    public let ownScore: Double
    /// The score of the soup with the checkpoint; for the first checkpoint, its own score.
    public let soupScore: Double
    /// Whether the checkpoint is in the soup.
    public let isKept: Bool
  }

  /// The average of the kept checkpoints, with prepared statistics.
  public let model: Model
  /// The score of the average.
  public let score: Double
  /// The decision about each checkpoint, in the order in which the checkpoints were tried.
  public let decisions: [Decision]

  /// The kept checkpoints, the best first.
  public var members: [String] { decisions.filter(\.isKept).map(\.file) }

  /// Scores checkpoints, and averages the best of them into a model in memory.
  ///
  /// - Parameters:
  ///   - paths: Checkpoints of one model, at least one.
  ///   - averaging: The options of the averages. The weighting and the source of statistics are not used: all checkpoints have
  ///     the same weight, and everything that is not averaged comes from the best checkpoint.
  ///   - prepare: Returns the model with new statistics that fit its parameters.
  ///   - score: Returns the score of a prepared model. Higher is better, and NaN is not allowed.
  ///   - progress: Called with each decision when it is made.
  /// - Throws: `CheckpointError` if a checkpoint cannot be read or is of another model; the errors of the closures.
  /// - Complexity: Two preparations and two scorings for each checkpoint; memory for two models.
  public init(
    _ paths: [String], _ averaging: ParameterAveraging = ParameterAveraging(), prepare: (Model) throws -> Model,
    score: (Model) throws -> Double, progress: (Decision) throws -> Void = { _ in }
  ) throws {
    try self.init(
      paths.map { CheckpointFile($0) }, averaging, prepare: prepare, score: score, progress: progress)
  }

  /// Does the same with checkpoints whose names in messages may differ from their paths.
  ///
  /// - Throws: The errors of the initializer that takes paths.
  public init(
    _ places: [CheckpointFile], _ averaging: ParameterAveraging = ParameterAveraging(),
    prepare: (Model) throws -> Model,
    score: (Model) throws -> Double, progress: (Decision) throws -> Void = { _ in }
  ) throws {
    // Check that all checkpoints hold the same model before the long work begins.
    _ = try AveragingInputs(places)
    var averaging = averaging
    (averaging.weighting, averaging.statisticsSource) = (.uniform, nil)
    let scores = try places.map { try score(prepare(Checkpoint(opening: $0).model())) }
    let order = places.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
    var best = try prepare(Checkpoint(opening: places[order[0]]).model())
    var bestScore = scores[order[0]]
    var members = [places[order[0]]]
    var decisions = [Decision(file: members[0].name, ownScore: bestScore, soupScore: bestScore, isKept: true)]
    try progress(decisions[0])
    for index in order.dropFirst() {
      // The last checkpoint provides everything that is not averaged.
      let average = try averaging.payload(averaging: (members + [places[index]]).reversed()).payload.model
      guard let candidate = try average.map(prepare) else { continue }
      let candidateScore = try score(candidate)
      let isKept = candidateScore >= bestScore
      if isKept {
        (best, bestScore) = (candidate, candidateScore)
        members.append(places[index])
      }
      let decision = Decision(
        file: places[index].name, ownScore: scores[index], soupScore: candidateScore, isKept: isKept)
      decisions.append(decision)
      try progress(decision)
    }
    model = best
    self.score = bestScore
    self.decisions = decisions
  }
}
