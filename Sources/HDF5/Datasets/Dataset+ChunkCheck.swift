import CHDF5
import CZlib
import Platform

extension Dataset {
  /// Throws unless the chunks of a selection expand to the size of a chunk. Call it under the lock, before the library expands them.
  ///
  /// The library trusts the chunks. If a chunk expands to fewer bytes, the library reads beyond the end. If it expands to more
  /// bytes, the library allocates any amount of memory.
  func checkChunks(_ selection: Hyperslab?) throws {
    guard layout.isChunked, file.isForeign, count > 0 else { return }
    let selection = selection ?? Hyperslab(start: dimensions.map { _ in 0 }, count: dimensions)
    guard case .chunked(let extents, let filters) = try storage, !filters.isEmpty, !selection.count.contains(0) else {
      return
    }
    try forEachChunk(of: selection, extents) { number, offset in
      try file.checkChunk(number, of: path) { try checkChunk(at: offset, extents, filters) }
    }
  }

  /// The bytes of all elements as they are in the file. The elements are references to texts. Call it under the lock.
  func storedReferences() throws -> [UInt8] {
    switch try storage {
    case .compact:
      return try file.examine(path) { structure throws(StructureError) in try structure.compactElements(of: path) }
        ?? []
    case .contiguous(let byteOffset):
      // Elements that were never written have no texts.
      guard let byteOffset else { return [] }
      let source = try file.bytes()
      return try [UInt8](unsafeUninitializedCapacity: count * datatype.byteCount) { bytes, initializedCount in
        let target = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(bytes)[..<(count * datatype.byteCount)])
        do throws(FileError) {
          try source.read(into: target, at: byteOffset)
        } catch {
          throw HDF5Error(reading: error, of: path, in: file)
        }
        initializedCount = target.count
      }
    case .chunked(let extents, let filters):
      guard filters.isEmpty else {
        throw location.error(
          .refused, "holds compressed texts of variable length, which are not supported; write them without compression"
        )
      }
      var references: [UInt8] = []
      let whole = Hyperslab(start: dimensions.map { _ in 0 }, count: dimensions)
      try forEachChunk(of: whole, extents) { _, offset in references += try storedChunk(at: offset)?.bytes ?? [] }
      return references
    }
  }

  /// Calls a closure for each chunk that a selection touches, with the chunk's number in the dataset and the indices of its first
  /// element.
  private func forEachChunk(
    of selection: Hyperslab, _ extents: [Int], _ body: (_ number: Int, _ offset: [Int]) throws -> Void
  ) throws {
    let first = dimensions.indices.map { selection.start[$0] / extents[$0] }
    let last = dimensions.indices.map {
      (selection.start[$0] + (selection.count[$0] - 1) * selection.stride[$0]) / extents[$0]
    }
    var place = first
    while true {
      let number = dimensions.indices.reduce(0) {
        $0 &* dimensions[$1].dividedRoundingUp(by: extents[$1]) &+ place[$1]
      }
      try body(number, zip(place, extents).map { $0 * $1 })
      var axis = place.count - 1
      while axis >= 0, place[axis] == last[axis] {
        place[axis] = first[axis]
        axis -= 1
      }
      guard axis >= 0 else { return }
      place[axis] += 1
    }
  }

  /// The bytes of a chunk in the file, and the mask of the filters that were left out; nil if the chunk was never written.
  private func storedChunk(at offset: [Int]) throws -> (bytes: [UInt8], skippedFilters: UInt32)? {
    let place = offset.map { hsize_t($0) }
    var byteCount: hsize_t = 0
    try location.check(
      H5Dget_chunk_storage_size(handle.identifier, place, &byteCount), or: .corrupt, "a chunk cannot be found")
    guard byteCount > 0 else { return nil }
    guard Memory.canProvide(byteCount: Int(clamping: byteCount)) else {
      throw location.error(
        .refused, "has a chunk of \(byteCount) bytes, but this machine does not have enough memory for it")
    }
    var skipped: UInt32 = 0
    let bytes = try [UInt8](unsafeUninitializedCapacity: Int(byteCount)) { bytes, initializedCount in
      try location.check(
        H5Dread_chunk(handle.identifier, chdf5_default_properties(), place, &skipped, bytes.baseAddress), or: .corrupt,
        "a chunk cannot be read")
      initializedCount = Int(byteCount)
    }
    return (bytes, skipped)
  }

  private func checkChunk(at offset: [Int], _ extents: [Int], _ filters: [Filter]) throws {
    guard let chunk = try storedChunk(at: offset) else { return }
    let used = filters.enumerated().filter { chunk.skippedFilters >> UInt32($0.offset) & 1 == 0 }.map(\.element)
    func fail() -> HDF5Error {
      location.error(.corrupt, "the chunk at \(offset) does not expand to its size: the file was damaged")
    }
    guard used.count(where: { $0.identifier == Filter.deflate }) <= 1 else {
      throw location.error(
        .refused, "is compressed twice, which is not supported; write the dataset again with gzip once")
    }
    // The sizes before and after the step that compresses.
    var expanded = extents.reduce(datatype.byteCount, *)
    var stored = chunk.bytes.count
    let position = used.firstIndex { $0.identifier == Filter.deflate } ?? used.count
    for (index, filter) in used.enumerated() where filter.identifier == Filter.fletcher32 {
      if index < position { expanded += 4 } else { stored -= 4 }
    }
    guard position < used.count else {
      guard stored == expanded else { throw fail() }
      return
    }
    guard stored > 0 else { throw fail() }
    let isExact = withUnsafeTemporaryAllocation(byteCount: expanded, alignment: 16) { target in
      var byteCount = CUnsignedLong(expanded)
      return chunk.bytes.withUnsafeBufferPointer { source in
        uncompress(
          target.assumingMemoryBound(to: UInt8.self).baseAddress, &byteCount, source.baseAddress, CUnsignedLong(stored))
      } == Z_OK && byteCount == CUnsignedLong(expanded)
    }
    guard isExact else { throw fail() }
  }
}
