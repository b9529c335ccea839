import Checkpoints
import ComputationGraphs
import Names
import PopulationStatistics

/// The files of one model, in their order.
struct PicturedModel {
  /// The name of the outermost brick. If there is no single outermost brick, it is made from the names of the files.
  let name: String
  var files: [PicturedFile]

  /// Groups files of equal structure. The groups are in the order of their first files.
  static func grouped(_ files: [PicturedFile]) -> [PicturedModel] {
    var groups: [(structure: [String], files: [PicturedFile])] = []
    for file in files {
      if let index = groups.firstIndex(where: { $0.structure == file.structure }) {
        groups[index].files.append(file)
      } else {
        groups.append((file.structure, [file]))
      }
    }
    return groups.map { group in
      let labels = shortLabels(of: group.files.map(\.file))
      let files = zip(group.files, labels).map { file, label in
        var file = file
        file.label = label
        return file
      }
      return PicturedModel(name: name(of: files), files: files)
    }
  }

  private static func name(of files: [PicturedFile]) -> String {
    let calls = files[0].graph?.allCalls ?? []
    guard let first = calls.first else { return files[0].label }
    let root = first.brick.text.dropFirst().prefix { $0 != "/" }
    guard calls.allSatisfy({ $0.brick.text.dropFirst().prefix { $0 != "/" } == root }) else {
      return files.count == 1 ? files[0].label : "\(files[0].label) to \(files[files.count - 1].label)"
    }
    let type = calls.first { $0.brick.text == "/\(root)" }?.brickType?.text
    return type.map { "\(root) (\($0))" } ?? String(root)
  }

  /// Short names of files: without folders if the names then still differ, and without a common ending.
  static func shortLabels(of files: [String]) -> [String] {
    let names = files.map { OutputFile.name(of: $0) }
    var labels = Set(names).count == names.count ? names : files
    let endings = Set(labels.map(ending(of:)))
    if labels.count > 1, endings.count == 1, let ending = endings.first, !ending.isEmpty {
      let short = labels.map { String($0.dropLast(ending.count)) }
      // A number alone does not read as the name of a file.
      if !short.contains(where: { Int($0) != nil }) { labels = short }
    }
    return labels
  }

  /// The ending of a file's name, including the dot; may be empty.
  private static func ending(of name: String) -> String { name.lastIndex(of: ".").map { String(name[$0...]) } ?? "" }

  /// The indices of the files that have statistics or update pairs of a brick, each with its normalization.
  func known(_ brick: Name) -> [(index: Int, normalization: PicturedNormalization)] {
    files.indices.compactMap { index in
      let found = files[index].normalizations.first { $0.brick == brick && $0.isKnown }
      return found.map { (index, $0) }
    }
  }

  /// The normalizations of the model.
  var bricks: [Name] { files[0].normalizations.map(\.brick) }
}

/// An order of files in which numbers in their names count as numbers.
enum NaturalOrder {
  /// Sorts files that are in alphabetical order, as from a shell's pattern, so that `epoch-2` comes before `epoch-10`.
  ///
  /// Files in any other order are not sorted, because the user chose their order.
  static func arranged(_ files: [String]) -> [String] {
    guard files.count > 1, files == files.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) else {
      return files
    }
    return files.enumerated().sorted { left, right in
      let (first, second) = (parts(left.element), parts(right.element))
      for (a, b) in zip(first, second) where a != b {
        if let a = Int(a), let b = Int(b), a != b { return a < b }
        return a < b
      }
      return first.count == second.count ? left.offset < right.offset : first.count < second.count
    }.map(\.element)
  }

  /// The numbers of a text, and the single characters between them.
  private static func parts(_ text: String) -> [String] {
    var parts: [String] = []
    var wasDigit: Bool?
    for character in text {
      let isDigit = ("0"..."9").contains(character)
      if isDigit, wasDigit == true { parts[parts.count - 1].append(character) } else { parts.append(String(character)) }
      wasDigit = isDigit
    }
    return parts
  }
}
