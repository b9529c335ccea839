import Foundation
import TestSupport
import Testing

@testable import Platform

@Suite("The processors of a process")
struct ProcessorsTests {
  @Test("are the bits of the mask that Linux shows")
  func affinity() {
    #expect(Processors.affinityCount(inStatus: "Name:\tx\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n") == 2)
    #expect(Processors.affinityCount(inStatus: "Cpus_allowed:\tff,ffff0001\n") == 25)
    #expect(Processors.affinityCount(inStatus: "Name:\tx\n") == nil)
  }

  @Test("are at most those whose time the control group and the groups around it get, rounded up")
  func groups() throws {
    let root = temporaryPath("cgroup")
    defer { try? FileManager.default.removeItem(atPath: root) }
    try FileManager.default.createDirectory(atPath: "\(root)/slurm/job_7", withIntermediateDirectories: true)
    func limit() -> Int? { Processors.groupLimit(atRoot: root, group: "0::/slurm/job_7\n") }
    #expect(limit() == nil)
    try "max 100000\n".write(toFile: "\(root)/slurm/job_7/cpu.max", atomically: false, encoding: .utf8)
    #expect(limit() == nil)
    try "250000 100000\n".write(toFile: "\(root)/slurm/cpu.max", atomically: false, encoding: .utf8)
    #expect(limit() == 3)
    try "50000 100000\n".write(toFile: "\(root)/slurm/job_7/cpu.max", atomically: false, encoding: .utf8)
    #expect(limit() == 1)
    #expect(Processors.groupLimit(atRoot: root, group: "4:cpu:/old\n") == nil)
    #expect(Processors.count >= 1)
  }
}
