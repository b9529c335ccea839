import Foundation

/// The paths of files that belong to the repository.
public enum Repository {
  /// The package's folder.
  public static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The path of a file below `fixtures`, which all test targets share.
  public static func fixture(_ path: String) -> String { folder.appendingPathComponent("fixtures/\(path)").path }

  /// The path of a file below a test target's own folder `Fixtures`.
  public static func fixture(_ path: String, of target: String) -> String {
    folder.appendingPathComponent("Tests/\(target)/Fixtures/\(path)").path
  }
}
