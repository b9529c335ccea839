import HDF5
import Interchange
import Names
import Tensors

/// The writing of a Keras model's weights into an HDF5 file.
extension KerasExport {
  /// The largest number of bytes that Keras writes into one attribute.
  private static let attributeLimit = 64512

  /// Writes the layout of Keras 3: a group for each layer, named after its class.
  func writeGroups(to file: borrowing HDF5.File) throws {
    try file.createGroup("vars").setAttribute("name", to: network.name.text)
    for group in groups {
      for stored in group.storedGroups {
        // Keras records the name of each layer, even if the layer has no variables.
        try file.createGroup(stored.path.text).setAttribute("name", to: stored.name.text)
        if let seed = seeds[stored.brick], let parent = stored.path.splitAtLast("/")?.before,
          !(try file.exists("\(parent)/seed_generator"))
        {
          try file.writeTensor("\(parent)/seed_generator/vars/0", seed)
        }
      }
      for variable in group.variables {
        try file.writeVariable("\(variable.group)/\(variable.number)", value(of: variable))
      }
    }
  }

  /// Writes a full legacy file: the configuration in attributes, and the weights of each layer in a group with the layer's name.
  func writeLegacyModel(to file: borrowing HDF5.File) throws {
    let version = document.version ?? "\(document.majorVersion).0.0"
    let backend = document.backend ?? "tensorflow"
    try file.setAttribute("backend", to: backend)
    try file.setAttribute("keras_version", to: version)
    try file.setVariableTextAttribute("model_config", to: document.configuration.jsonText())
    let root = try file.createGroup("model_weights")
    try Self.write(groups.map(\.layer.text), as: "layer_names", to: root)
    try root.setAttribute("backend", to: backend)
    try root.setAttribute("keras_version", to: version)
    for group in groups.sorted(by: { $0.layer < $1.layer }) {
      let layer = try root.createGroup(group.layer.text)
      let variables = group.legacyOrder
      // In Keras 2, `:0` at the end of a name is the number of an output.
      let suffix = document.majorVersion < 3 ? ":0" : ""
      try Self.write(variables.map { "\($0.legacyName)\(suffix)" }, as: "weight_names", to: layer)
      for variable in variables { try layer.writeVariable("\(variable.legacyName)\(suffix)", value(of: variable)) }
    }
    try Self.write([], as: "weight_names", to: root.createGroup("top_level_model_weights"))
  }

  /// Reads a new file back and compares it with the values, so that a lost write cannot replace an old file.
  func checkReadsBack(_ path: String, isArchive: Bool) throws {
    let content = try KerasContent(opening: path)
    var reading = KerasWeightReading(network)
    try reading.read(content.files, layout: content.layout)
    for variable in groups.flatMap(\.variables) {
      guard
        reading.sources[variable.brick]?[variable.weight.name]?.tensor.hasBytes(of: try value(of: variable).tensor)
          ?? false
      else {
        throw KerasProblem(
          .inputOutput,
          "the weight does not read back as it was written, and the new file was removed; check the disk, and try again",
          at: variable.legacyName)
      }
    }
  }

  /// Writes texts as one attribute, or as several attributes if they are too large for one.
  private static func write(_ texts: [String], as name: String, to group: borrowing HDF5.Group) throws {
    // Keras writes an empty list of texts as an empty list of numbers.
    guard !texts.isEmpty else { return try group.setAttribute(name, to: [Double]()) }
    guard texts.reduce(0, { $0 + $1.utf8.count }) > attributeLimit / 2 else {
      return try group.setVariableTextAttribute(name, to: texts)
    }
    var rest = texts[...]
    var number = 0
    while !rest.isEmpty {
      var count = 0
      var byteCount = 0
      while count < rest.count, byteCount + rest[rest.startIndex + count].utf8.count <= attributeLimit / 2 || count == 0
      {
        byteCount += rest[rest.startIndex + count].utf8.count
        count += 1
      }
      try group.setVariableTextAttribute("\(name)\(number)", to: Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
      number += 1
    }
  }
}

extension ObjectContainer where Self: ~Copyable {
  /// Writes a variable. Integers are written in 32 bits if they fit, like Keras's counters.
  fileprivate func writeVariable(_ path: String, _ value: KerasExport.Value) throws {
    let tensor = value.tensor
    if value.type == .float16 || value.type == .bfloat16 {
      // Keras writes bfloat16 as bytes without meaning for HDF5, and names the type in an attribute.
      let dataset = try createDataset(
        path,
        datatype: value.type == .float16
          ? .float(byteCount: 2, byteOrder: .littleEndian, isIEEE: true) : .opaque(byteCount: 2, tag: ""),
        dimensions: tensor.shape.dimensions)
      try dataset.writeBytes(tensor.littleEndianBytes(as: value.type))
      if value.type == .bfloat16 { try dataset.setVariableTextAttribute("dtype", to: "bfloat16") }
      return try dataset.close()
    }
    if case .int64(let elements) = tensor.storage {
      let small = elements.compactMap { Int32(exactly: $0) }
      if small.count == elements.count {
        return try writeDataset(path, small, dimensions: tensor.shape.dimensions).close()
      }
    }
    try writeTensor(path, tensor)
  }
}

extension Tensor {
  /// Whether the tensor has the shape, the type and all bits of another tensor.
  fileprivate func hasBytes(of other: Tensor) -> Bool {
    shape == other.shape && type == other.type
      && withUnsafeBytes { own in other.withUnsafeBytes { own.elementsEqual($0) } }
  }
}
