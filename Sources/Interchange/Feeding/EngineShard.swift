/// Finds the shard of a process from the variables that schedulers and launchers set.
///
/// Two kinds of programs set such variables. A *launcher* starts all processes of one job. The known launchers are `torchrun` (also in
/// Ray Train), Open MPI, other MPI programs with PMI, and `srun`. An *array* starts a separate job for each shard. The known arrays are
/// Slurm's job arrays, indexed Jobs of Kubernetes, and Grid Engine's array jobs.
public enum EngineShard {
  /// A shard, and the variables that give it.
  struct Found: Equatable {
    let name: String
    let shard: BatchPlan.Shard
  }

  /// Returns the shard that the variables give; nil if no variable is set.
  ///
  /// If `srun` starts another launcher, both set their variables. So the variables of `srun` count only if no other launcher has set its
  /// variables.
  ///
  /// - Parameter value: The value of a variable; nil if it is not set.
  /// - Throws: `InterchangeError` with code `.unsuitable` if a variable is missing or is not a number in its range, if two
  ///   launchers or two arrays give different shards, or if both an array and a launcher divide the work.
  public static func shard(_ value: @escaping (String) -> String?) throws(InterchangeError) -> BatchPlan.Shard? {
    let variables = EngineVariables(value)
    let launched = try [variables.torch(), variables.openMPI(), variables.processManager()].compactMap { $0 }
    let launcher = try agreed(launched.isEmpty ? [variables.slurmStep()].compactMap { $0 } : launched)
    try variables.checkPMIx(launcher)
    let array = try agreed(
      [variables.slurmArray(), variables.kubernetes(), variables.gridEngine()].compactMap { $0 })
    guard let launcher, launcher.shard.count > 1 else { return (array ?? launcher)?.shard }
    guard let array, array.shard.count > 1 else { return launcher.shard }
    throw contradiction(array, launcher)
  }

  private static func agreed(_ found: [Found]) throws(InterchangeError) -> Found? {
    guard let first = found.first else { return nil }
    if let other = found.first(where: { $0.shard != first.shard }) { throw contradiction(first, other) }
    return first
  }

  private static func contradiction(_ one: Found, _ other: Found) -> InterchangeError {
    InterchangeError(
      .unsuitable,
      "\(one.name) say \(one.shard.number)/\(one.shard.count), and \(other.name) say "
        + "\(other.shard.number)/\(other.shard.count); give the shard of this process as I/N",
      path: "--shard auto")
  }
}

/// The variables of schedulers and launchers.
struct EngineVariables {
  private let value: (String) -> String?

  init(_ value: @escaping (String) -> String?) { self.value = value }

  func torch() throws(InterchangeError) -> EngineShard.Found? { try ranked("RANK", "WORLD_SIZE") }

  func openMPI() throws(InterchangeError) -> EngineShard.Found? {
    try ranked("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE")
  }

  func processManager() throws(InterchangeError) -> EngineShard.Found? { try ranked("PMI_RANK", "PMI_SIZE") }

  /// Slurm sets these variables for batch scripts, too. They describe the process only in a job step.
  func slurmStep() throws(InterchangeError) -> EngineShard.Found? {
    value("SLURM_STEP_ID") == nil ? nil : try ranked("SLURM_PROCID", "SLURM_NTASKS")
  }

  func slurmArray() throws(InterchangeError) -> EngineShard.Found? {
    guard let task = try number("SLURM_ARRAY_TASK_ID") else { return nil }
    return try place(
      task, "SLURM_ARRAY_TASK_ID", from: "SLURM_ARRAY_TASK_MIN", to: "SLURM_ARRAY_TASK_MAX",
      step: "SLURM_ARRAY_TASK_STEP", count: "SLURM_ARRAY_TASK_COUNT")
  }

  /// Kubernetes gives only the index. The manifest has to set JOB_COMPLETIONS to the number of `completions`.
  func kubernetes() throws(InterchangeError) -> EngineShard.Found? {
    try ranked("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS")
  }

  func gridEngine() throws(InterchangeError) -> EngineShard.Found? {
    // Grid Engine sets "undefined" for jobs without an array.
    guard value("SGE_TASK_ID") != "undefined", let task = try number("SGE_TASK_ID") else { return nil }
    return try place(
      task, "SGE_TASK_ID", from: "SGE_TASK_FIRST", to: "SGE_TASK_LAST", step: "SGE_TASK_STEPSIZE", count: nil)
  }

  /// PMIx gives a rank, but no number of processes.
  func checkPMIx(_ launcher: EngineShard.Found?) throws(InterchangeError) {
    guard let rank = try number("PMIX_RANK") else { return }
    guard let launcher else { throw problem("PMIX_RANK is set, but no variable gives the number of processes") }
    guard launcher.name == "RANK and WORLD_SIZE" || launcher.shard.number - 1 == rank else {
      throw problem("PMIX_RANK is \(rank), but \(launcher.name) say \(launcher.shard.number)/\(launcher.shard.count)")
    }
  }

  private func ranked(_ rank: String, _ size: String) throws(InterchangeError) -> EngineShard.Found? {
    let numbers = (try number(rank), try number(size))
    switch numbers {
    case (nil, nil): return nil
    case (let number?, let count?):
      guard number < count, let shard = BatchPlan.Shard(number + 1, of: count) else {
        throw problem("\(rank) is \(number), which is not between 0 and \(size) − 1 = \(count - 1)")
      }
      return EngineShard.Found(name: "\(rank) and \(size)", shard: shard)
    case (nil, _?): throw problem("\(size) is set, but \(rank) is not")
    case (_?, nil): throw problem("\(rank) is set, but \(size) is not")
    }
  }

  /// Finds the shard of an array's task. The numbers of the tasks are evenly spaced.
  private func place(
    _ task: Int, _ name: String, from first: String, to last: String, step: String, count countName: String?
  ) throws(InterchangeError) -> EngineShard.Found {
    guard let last = try number(last) else { throw problem("\(name) is set, but \(last) is not") }
    let lowest = try number(first) ?? 1
    let stride = max(1, try number(step) ?? 1)
    guard last >= lowest, last - lowest < .max else {
      throw problem("the array has no tasks, or far too many: it goes from \(lowest) to \(last)")
    }
    let count = (last - lowest) / stride + 1
    if let countName, let given = try number(countName), given != count {
      throw problem(
        "the array has \(given) tasks, but \(lowest) to \(last) in steps of \(stride) are \(count) tasks: an array with gaps "
          + "cannot be divided into shards")
    }
    guard task <= last, (task - lowest).isMultiple(of: stride),
      let shard = BatchPlan.Shard((task - lowest) / stride + 1, of: count)
    else { throw problem("\(name) is \(task), which is not one of \(lowest) to \(last) in steps of \(stride)") }
    return EngineShard.Found(name: "the variables of \(name)", shard: shard)
  }

  private func number(_ name: String) throws(InterchangeError) -> Int? {
    guard let text = value(name), !text.isEmpty else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw problem("\(name) is \"\(text)\", not a number of at least 0")
    }
    return number
  }

  private func problem(_ text: String) -> InterchangeError {
    InterchangeError(.unsuitable, "\(text); give the shard of this process as I/N", path: "--shard auto")
  }
}
