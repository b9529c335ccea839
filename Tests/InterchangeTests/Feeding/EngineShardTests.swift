import Interchange
import Testing

@Suite("The shard of a process in a job")
struct EngineShardTests {
  private func shard(_ variables: [String: String]) throws -> BatchPlan.Shard? {
    try EngineShard.shard { variables[$0] }
  }

  @Test(
    "is read from the variables of each engine",
    arguments: [
      (["RANK": "2", "WORLD_SIZE": "4"], 3, 4),
      (["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "4", "PMIX_RANK": "0"], 1, 4),
      (["PMI_RANK": "3", "PMI_SIZE": "4"], 4, 4),
      (["SLURM_STEP_ID": "0", "SLURM_PROCID": "1", "SLURM_NTASKS": "3"], 2, 3),
      (
        [
          "SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "12", "SLURM_ARRAY_TASK_MIN": "1",
          "SLURM_ARRAY_TASK_MAX": "12", "SLURM_PROCID": "0", "SLURM_NTASKS": "1",
        ], 7, 12
      ),
      (
        [
          "SLURM_ARRAY_TASK_ID": "20", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "10",
          "SLURM_ARRAY_TASK_MAX": "30", "SLURM_ARRAY_TASK_STEP": "10",
        ], 2, 3
      ),
      (["JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "5"], 1, 5),
      (["SGE_TASK_ID": "4", "SGE_TASK_FIRST": "1", "SGE_TASK_LAST": "8", "SGE_TASK_STEPSIZE": "1"], 4, 8),
    ])
  func engines(variables: [String: String], number: Int, count: Int) throws {
    #expect(try shard(variables) == BatchPlan.Shard(number, of: count))
  }

  @Test("is unknown without variables, and in a batch script of Slurm, whose variables do not describe a process")
  func none() throws {
    #expect(try shard([:]) == nil)
    #expect(try shard(["SLURM_PROCID": "0", "SLURM_NTASKS": "4", "SGE_TASK_ID": "undefined"]) == nil)
  }

  @Test("comes from the inner launcher, if Slurm started it")
  func nested() throws {
    let slurm = ["SLURM_STEP_ID": "0", "SLURM_PROCID": "1", "SLURM_NTASKS": "2"]
    #expect(try shard(slurm.merging(["RANK": "5", "WORLD_SIZE": "16"]) { $1 }) == BatchPlan.Shard(6, of: 16))
  }

  @Test(
    "is an error if variables are missing, out of range, or contradict each other",
    arguments: [
      (["RANK": "2"], "RANK is set, but WORLD_SIZE is not"),
      (
        ["RANK": "9223372036854775807", "WORLD_SIZE": "2"],
        "RANK is 9223372036854775807, which is not between 0 and WORLD_SIZE − 1 = 1"
      ),
      (["RANK": "0", "WORLD_SIZE": "0"], "RANK is 0, which is not between 0 and WORLD_SIZE − 1 = -1"),
      (
        ["PMI_RANK": "0", "PMI_SIZE": "2", "PMIX_RANK": "9223372036854775807"],
        "PMIX_RANK is 9223372036854775807, but PMI_RANK and PMI_SIZE say 1/2"
      ),
      (
        ["SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_MIN": "0", "SLURM_ARRAY_TASK_MAX": "9223372036854775807"],
        "it goes from 0 to 9223372036854775807"
      ),
      (
        ["SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_MIN": "9223372036854775807", "SLURM_ARRAY_TASK_MAX": "0"],
        "it goes from 9223372036854775807 to 0"
      ),
      (["JOB_COMPLETION_INDEX": "2"], "JOB_COMPLETION_INDEX is set, but JOB_COMPLETIONS is not"),
      (["RANK": "4", "WORLD_SIZE": "4"], "RANK is 4, which is not between 0 and WORLD_SIZE − 1 = 3"),
      (["PMI_RANK": "x", "PMI_SIZE": "4"], "PMI_RANK is \"x\", not a number"),
      (["PMIX_RANK": "2"], "no variable gives the number of processes"),
      (
        ["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "4", "PMIX_RANK": "1"],
        "PMIX_RANK is 1, but OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE say 1/4"
      ),
      (
        ["RANK": "0", "WORLD_SIZE": "4", "PMI_RANK": "1", "PMI_SIZE": "4"],
        "RANK and WORLD_SIZE say 1/4, and PMI_RANK and PMI_SIZE say 2/4"
      ),
      (
        ["RANK": "0", "WORLD_SIZE": "4", "JOB_COMPLETION_INDEX": "1", "JOB_COMPLETIONS": "3"],
        "JOB_COMPLETION_INDEX and JOB_COMPLETIONS say 2/3, and RANK and WORLD_SIZE say 1/4"
      ),
      (
        [
          "SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_ARRAY_TASK_MIN": "3",
          "SLURM_ARRAY_TASK_MAX": "7",
        ], "the array has 2 tasks, but 3 to 7 in steps of 1 are 5"
      ),
      (["SGE_TASK_ID": "9", "SGE_TASK_LAST": "8"], "SGE_TASK_ID is 9, which is not one of 1 to 8"),
      (["SLURM_ARRAY_TASK_ID": "9"], "is set, but SLURM_ARRAY_TASK_MAX is not"),
    ])
  func contradictions(variables: [String: String], message: String) throws {
    let error = try #require(throws: InterchangeError.self) { try shard(variables) }
    #expect(error.description.contains(message), "\(error)")
    #expect(error.description.contains("give the shard of this process as I/N"))
  }
}
