import ComputationGraphs
import Names

/// Converts the names that exporters give to initializers and nodes into paths of bricks.
enum ModulePath {
  /// Splits the name of an initializer, such as `layer1.0.bn1.weight` or `dense/MatMul/ReadVariableOp:0`, into the module and the
  /// parameter.
  ///
  /// - Returns: nil for an artificial name of an exporter, such as `onnx::Conv_193`.
  static func parameter(_ name: Name) -> (brick: Name, tensor: Name)? {
    guard !name.text.contains("::") else { return nil }
    var parts: [Name]
    if name.utf8.contains(UInt8(ascii: "/")) {
      parts = name.split(at: "/").filter { !$0.isEmpty && !$0.hasPrefix("ReadVariableOp") && !$0.hasPrefix("Read") }
    } else {
      parts = name.split(at: ".").filter { !$0.isEmpty }
    }
    parts = parts.map(component)
    guard parts.count >= 2, let last = parts.popLast() else { return nil }
    return (path(parts), last)
  }

  /// The path of a brick for a node without a named initializer.
  ///
  /// TorchScript names nodes by modules, each with its whole path, so `/layer1/layer1.0/conv1/Conv` becomes `/layer1/0/conv1`.
  static func node(_ name: String, type: String, index: Int) -> Name {
    var parts: [Name] = []
    var previous = ""
    for part in name.split(separator: "/") {
      let own = !previous.isEmpty && part.hasPrefix(previous + ".") ? part.dropFirst(previous.utf8.count + 1) : part
      previous = String(part)
      parts += own.split(separator: ".").map { component(Name($0)) }
    }
    if parts.count > 1, let last = parts.last, last == Name(type) || last.hasPrefix("\(type)_") { parts.removeLast() }
    return parts.isEmpty ? "/\(component(Name(type)))_\(index)" : path(parts)
  }

  /// The path with the given components.
  static func path(_ components: [Name]) -> Name { Name(components.map { "/\($0)" }.joined()) }

  /// Makes a valid name of a brick or tensor: each character that such names cannot have becomes `_`.
  static func component(_ name: Name) -> Name {
    if (try? BrickPath.check(component: name)) != nil { return name }
    let text = String(
      String.UnicodeScalarView(
        name.text.unicodeScalars.map { scalar in
          (try? BrickPath.check(component: Name(String(scalar)))) == nil ? "_" : scalar
        }))
    return text.isEmpty ? "_" : Name(text)
  }
}
