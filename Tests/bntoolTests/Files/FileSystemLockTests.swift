import Testing

@Suite("A lock on a file", .enabled(if: canInject, "strace is missing, or may not trace processes here"))
struct FileSystemLockTests {
  private func merge(lockFails reason: String, _ session: Session) throws -> Outcome {
    try session.shell(
      "strace -f -qq -o /dev/null -e trace=flock -e inject=flock:error=\(reason) \"$bntool\" "
        + "merge fixtures/digits/snapshot-5.h5 --output TMP/pairs.h5")
  }

  @Test(
    "is not needed on file systems without locks, such as some NFS and Lustre mounts",
    arguments: ["ENOLCK", "EOPNOTSUPP", "ENOSYS"])
  func unavailable(reason: String) throws {
    let outcome = try merge(lockFails: reason, Session())
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test("that another program holds makes the command fail")
  func held() throws {
    let outcome = try merge(lockFails: "EAGAIN", Session())
    #expect(outcome.status == 74)
    #expect(outcome.errors.contains("is being written by another process"))
  }
}
