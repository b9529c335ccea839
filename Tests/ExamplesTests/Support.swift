import Foundation
@_exported import TestSupport

/// A new folder, which its owner removes when it is done.
func temporaryFolder() throws -> URL {
  let folder = URL(fileURLWithPath: temporaryPath("examples"))
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  return folder
}
