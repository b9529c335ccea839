import Messages
import Names
import Tensors

/// The tensors of a file that `torch.save` wrote: a ZIP archive with a pickle and the storages, or the format before PyTorch 1.6.
enum PyTorchFile {
  /// The advice for files that contain more than tensors.
  static let saveAdvice = "in PyTorch, save only the tensors: torch.save(model.state_dict(), FILE)"
  /// The greatest number of elements of a tensor that repeats the elements of a smaller storage.
  static let largestExpandedCount = 1 << 26

  /// A function that finds the bytes of a storage in the file, by the key of the storage.
  typealias StorageBytes = (_ storage: PickleHeap.Storage, _ byteCount: Int) throws(InterchangeError) -> StorageSource

  /// The bytes of a storage: a region of the file, or a member of the archive.
  enum StorageSource: Sendable {
    case region(ByteRegion)
    case member(ZipArchive, ZipMember)
  }

  /// Reads the content of a file: the list of its tensors, but no elements.
  ///
  /// - Parameter set: The set of tensors to take if the file has several sets; nil for the default set.
  /// - Throws: `InterchangeError` with code `.unsupported` with the name of the unreadable object, `.malformed`, `.noSuchMember`
  ///   or `.inputOutput`.
  static func content(of file: RecognizedFile, set: Name?) throws(InterchangeError) -> TensorContent {
    let first = try file.region.bytes(at: 0, count: min(2, file.region.byteCount))
    return first == Array("PK".utf8)
      ? try content(of: file.zipArchive(), set: set) : try content(ofLegacy: file.region, set: set)
  }

  private static func content(of archive: ZipArchive, set: Name?) throws(InterchangeError) -> TensorContent {
    let pickles = archive.members.filter { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
    guard let pickle = pickles.first, pickles.count == 1 else {
      throw InterchangeError(
        .malformed, "the archive has \(pickles.count) members named data.pkl; a PyTorch file must have one",
        path: archive.path)
    }
    let folder = Name(Substring(pickle.name.text.utf8.dropLast("data.pkl".utf8.count)))
    guard archive.member("\(folder)constants.pkl") == nil else {
      throw InterchangeError(
        .unsupported, "is a TorchScript program, which is code; \(saveAdvice), or export the model as ONNX",
        path: archive.path)
    }
    if let order = archive.member("\(folder)byteorder"), try archive.bytes(of: order, limit: 16) != Array("little".utf8)
    {
      throw InterchangeError(
        .unsupported, "was saved on a big-endian machine; save it on a little-endian one", path: archive.path)
    }
    let description = try archive.content(of: pickle)
    var interpreter = PickleInterpreter(description)
    let root = try interpreter.run()
    return try content(root, interpreter.heap, set: set, path: archive.path) {
      (storage, byteCount) throws(InterchangeError) in
      guard let member = archive.member("\(folder)data/\(storage.key)") else {
        throw InterchangeError(
          .malformed, "the archive has no storage \"\(storage.key)\": it is incomplete", path: archive.path)
      }
      guard member.byteCount == byteCount else {
        throw InterchangeError(
          .malformed, "the storage \"\(storage.key)\" has \(member.byteCount) bytes, but its tensors need \(byteCount)",
          path: archive.path)
      }
      return .member(archive, member)
    }
  }

  private static func content(ofLegacy region: ByteRegion, set: Name?) throws(InterchangeError) -> TensorContent {
    // The file has five pickles: magic number, version, facts about the machine, the object, and the keys of the storages.
    var position = 0
    var heaps: [(value: PickleValue, heap: PickleHeap)] = []
    for _ in 0..<5 {
      var interpreter = PickleInterpreter(region, at: position)
      let value = try interpreter.run()
      position = interpreter.position
      heaps.append((value, interpreter.heap))
    }
    guard heaps[1].value == .integer(1001) else {
      throw InterchangeError(
        .unsupported,
        "is in the old format of PyTorch (before 1.6), and the version of the format is unknown; \(saveAdvice)",
        path: region.path)
    }
    if case .dictionary(let index) = heaps[2].value {
      for item in heaps[2].heap.dictionaries[index]
      where item.key == .text("little_endian") && item.value == .boolean(false) {
        throw InterchangeError(
          .unsupported, "was saved on a big-endian machine; save it on a little-endian one", path: region.path)
      }
    }
    let (root, heap) = heaps[3]
    guard let keys = heaps[4].heap.elements(heaps[4].value) else {
      throw InterchangeError(.malformed, "the file does not list its storages", path: region.path)
    }
    let sizes = Dictionary(heap.storages.map { ($0.key, $0.type?.byteCount ?? 1) }) { first, _ in first }
    var regions: [Name: ByteRegion] = [:]
    for key in keys {
      guard case .text(let key) = key, let size = sizes[key] else {
        throw InterchangeError(.malformed, "the file lists a storage that no tensor uses", path: region.path)
      }
      let count = try region.bytes(at: position, count: 8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      position += 8
      let byteCount = Int(exactly: count).map { $0.multipliedReportingOverflow(by: size) }
      guard let byteCount, !byteCount.overflow, byteCount.partialValue <= region.byteCount - position else {
        throw InterchangeError(
          .malformed, "the storage \"\(key)\" goes beyond the end of the file, which was cut off", path: region.path)
      }
      regions[key] = try region.part(at: position, count: byteCount.partialValue)
      position += byteCount.partialValue
    }
    return try content(root, heap, set: set, path: region.path) { (storage, byteCount) throws(InterchangeError) in
      guard let bytes = regions[storage.key], bytes.byteCount >= byteCount else {
        throw InterchangeError(
          .malformed, "the storage \"\(storage.key)\" is missing or too small: the file was cut off", path: region.path)
      }
      return .region(bytes)
    }
  }

  /// Returns the selected tensors as entries, after checking that each tensor is within its storage.
  private static func content(
    _ root: PickleValue, _ heap: PickleHeap, set: Name?, path: String, bytes: StorageBytes
  ) throws(InterchangeError) -> TensorContent {
    let selection = try StateDictionary(root, heap, set: set, path: path)
    var entries: [TensorFile.Entry] = []
    var skipped: [TensorFile.Skipped] = []
    var places: [PyTorchSource.Place] = []
    for (name, index) in selection.tensors {
      let view = heap.views[index]
      let storage = heap.storages[view.storage]
      guard let scalar = view.type.scalar else {
        skipped.append(TensorFile.Skipped(name: name, reason: "elements of type \(view.type.name) are not read"))
        continue
      }
      let tensorPath = "\(path):\(name)"
      let shape = try InterchangeError.about(tensorPath) { try Shape(checking: view.extents) }
      let elementByteCount = storage.type?.byteCount ?? 1
      let (byteOffset, offsetOverflow) = storage.offset.multipliedReportingOverflow(by: elementByteCount)
      let (viewByteCount, viewOverflow) = storage.count.multipliedReportingOverflow(by: elementByteCount)
      let (byteCount, overflow) = byteOffset.addingReportingOverflow(viewByteCount)
      guard !offsetOverflow, !viewOverflow, !overflow, (storage.type ?? view.type).byteCount == view.type.byteCount
      else {
        throw InterchangeError(
          .malformed, "the tensor and its storage disagree on the type or the size", path: tensorPath)
      }
      let available = viewByteCount / view.type.byteCount
      guard let extent = StridedView.extent(shape, view.strides), view.offset >= 0, view.offset <= available,
        extent <= available - view.offset
      else {
        throw InterchangeError(
          .malformed, "a tensor of shape \(shape) is outside its storage of \(counted(available, "element"))",
          path: tensorPath)
      }
      guard shape.elementCount <= max(available, largestExpandedCount) else {
        throw InterchangeError(
          .unsupported,
          "repeats \(counted(available, "element")) as a tensor of shape \(shape); save a contiguous copy of the tensor",
          path: tensorPath)
      }
      let start = byteOffset / view.type.byteCount
      places.append(
        PyTorchSource.Place(
          source: try bytes(storage, byteCount), size: view.type.byteCount,
          offset: start + view.offset, shape: shape, strides: view.strides))
      entries.append(TensorFile.Entry(name: name, shape: shape, type: scalar, isBoolean: view.type.isBoolean))
    }
    return TensorContent(
      format: .pyTorch, entries: entries, skipped: skipped, notes: selection.notes,
      source: PyTorchSource(places: places))
  }
}

/// The tensors of a PyTorch file.
struct PyTorchSource: TensorSource {
  /// The position of a tensor's elements in the bytes of its storage.
  struct Place: Sendable {
    var source: PyTorchFile.StorageSource
    var size: Int
    var offset: Int
    var shape: Shape
    var strides: [Int]
  }

  let places: [Place]

  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let place = places[index]
    guard place.shape.elementCount > 0 else { return }
    let region: ByteRegion
    switch place.source {
    case .region(let bytes): region = bytes
    case .member(let archive, let member):
      if place.offset == 0, place.shape.elementCount * place.size == member.byteCount,
        place.shape.strides == place.strides
      {
        // The whole storage is read in order, so check its checksum at the same time.
        var blocks = WholeElements(size: place.size)
        return try archive.read(member) { try blocks.pass($0, to: body) }
      }
      region = try archive.content(of: member)
    }
    try StridedView(
      region, offset: place.offset, elementByteCount: place.size, shape: place.shape, strides: place.strides
    ).forEachBlock(body)
  }
}
