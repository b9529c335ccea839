import Platform
import Synchronization

/// One version of an object on a server. Ranges are fetched when they are first needed, together with bytes that are likely to be
/// needed next.
///
/// If the object changes on the server, or cannot be fetched, all later fetches throw the same error. So all bytes that were
/// read belong to the same version of the object.
final class RemoteFile: RemoteBytes {
  let byteCount: Int
  private let client: RemoteClient
  private let version: ObjectVersion?
  private let cache: BlockCache
  /// The number of this file in the cache.
  private let number: Int
  private let state = Mutex(State())

  private struct State {
    var failure: FileError?
    /// For each sequence of adjacent requests, the offset of its end and the number of bytes of its last request.
    var sequences: [Int: Int] = [:]
  }

  /// The number of bytes of the first request, which also tells the size of the object.
  static let firstByteCount = 1 << 16
  /// The greatest number of bytes of a request.
  static let largestByteCount = 1 << 23
  private static let largestAhead = 1 << 20
  private static let largestSequenceCount = 32

  var name: String { client.object.name }
  var failure: FileError? { state.withLock { $0.failure } }

  /// Asks for the beginning of an object.
  ///
  /// - Throws: `FileError` with code `.notFound`, `.denied` or `.inputOutput`.
  convenience init(
    _ object: RemoteObject, limits: RemoteLimits = .standard, cache: BlockCache = .shared
  ) throws(FileError) {
    let client = try RemoteClient(object, limits: limits)
    try self.init(client, try client.answer(to: 0..<Self.firstByteCount), cache)
  }

  private init(_ client: RemoteClient, _ answer: Answer, _ cache: BlockCache) throws(FileError) {
    guard let place = answer.place, answer.status == 206 || answer.status == 416 && place.total == 0 else {
      throw FileError(
        .inputOutput, "the server answered \(answer.status) to a request for the first bytes", path: client.object.name)
    }
    (self.client, self.cache, version, byteCount) = (client, cache, answer.version, place.total)
    number = cache.newFile()
    if !place.range.isEmpty { keep(answer.bytes, at: 0) }
  }

  /// The same object in its current version: this file, or a new one if the object has changed.
  func refreshed() throws(FileError) -> RemoteFile {
    guard failure == nil, case .tag(let tag)? = version else { return try RemoteFile(client.object, cache: cache) }
    let client = try RemoteClient(client.object, limits: .standard)
    let answer = try client.answer(to: 0..<Self.firstByteCount, condition: "If-None-Match: \(tag)")
    return answer.status == 304 ? self : try RemoteFile(client, answer, cache)
  }

  func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int, likelyUntil end: Int?
  ) throws(FileError) {
    var done = 0
    while done < buffer.count {
      let position = offset + done
      let block = position / BlockCache.blockByteCount
      let start = block * BlockCache.blockByteCount
      let bytes: [UInt8]
      if let kept = cache.bytes(block, of: number) {
        bytes = kept
      } else {
        bytes = try fetch(from: block, until: offset + buffer.count, likelyUntil: end)
      }
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = min(rest.count, start + bytes.count - position)
      bytes.withUnsafeBytes {
        rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[(position - start)...].prefix(count)))
      }
      done += count
    }
  }

  /// Fetches bytes from the beginning of a block on.
  private func fetch(from block: Int, until needed: Int, likelyUntil hint: Int?) throws(FileError) -> [UInt8] {
    if let failure { throw failure }
    let start = block * BlockCache.blockByteCount
    let range = start..<end(of: start, needed, hint)
    do throws(FileError) {
      let answer = try client.answer(to: range, condition: version?.condition)
      guard answer.status == 206, answer.place?.total == byteCount, answer.version == version else {
        throw FileError(
          .inputOutput, "was changed on the server while it was read; run the command again", path: name)
      }
      keep(answer.bytes, at: start)
      return answer.bytes
    } catch {
      state.withLock { $0.failure = $0.failure ?? error }
      throw error
    }
  }

  /// The end of the range to fetch: the needed bytes, and bytes that are likely to be needed next. Without a hint, a long range is
  /// doubled, because the texts of a checkpoint follow each other. A range that follows an earlier range is at least twice as long as
  /// the earlier range, up to the limit on a request.
  private func end(of start: Int, _ needed: Int, _ hint: Int?) -> Int {
    let last = state.withLock { $0.sequences.removeValue(forKey: start) } ?? 0
    let isLong = needed - start > BlockCache.blockByteCount
    let ahead = hint ?? max(start + 2 * last, isLong ? needed + min(needed - start, Self.largestAhead) : 0)
    let wanted = max(needed, ahead, start + BlockCache.blockByteCount)
    let size = BlockCache.blockByteCount
    var end = min(byteCount, start + Self.largestByteCount, (wanted + size - 1) / size * size)
    // Do not fetch bytes that are in the cache.
    var block = start / size + 1
    while block * size < end {
      if cache.contains(block, of: number) { end = block * size }
      block += 1
    }
    return end
  }

  private func keep(_ bytes: [UInt8], at start: Int) {
    cache.keep(bytes, from: start / BlockCache.blockByteCount, of: number)
    state.withLock { state in
      if state.sequences.count >= Self.largestSequenceCount { state.sequences = [:] }
      state.sequences[start + bytes.count] = min(bytes.count, Self.largestByteCount)
    }
  }
}

extension RemoteFile {
  /// The objects that this process opened. A command opens the same object several times, and has to see one version of it, or the same
  /// error.
  private static let opened = Mutex<[RemoteObject: Opened]>([:])

  /// A file that was opened, or the error of opening it, and the time.
  private struct Opened {
    let result: Result<RemoteFile, FileError>
    let time = ContinuousClock.now
  }

  /// An object that is opened again within this time is reused without asking the server.
  private static let freshness = Duration.seconds(5)
  private static let largestOpenedCount = 64

  /// Opens the object at a URL.
  ///
  /// - Throws: `FileError` with code `.notFound`, `.denied` or `.inputOutput`.
  static func open(_ url: String) throws(FileError) -> RemoteFile {
    let object = try RemoteObject(url)
    let known = opened.withLock { $0[object] }
    if let known, ContinuousClock.now - known.time < freshness {
      let file = try known.result.get()
      if let failure = file.failure { throw failure }
      return file
    }
    let result = Result { () throws(FileError) in
      if case .success(let file)? = known?.result { try file.refreshed() } else { try RemoteFile(object) }
    }
    opened.withLock { opened in
      if opened.count >= largestOpenedCount, let oldest = opened.min(by: { $0.value.time < $1.value.time }) {
        opened[oldest.key] = nil
      }
      opened[object] = Opened(result: result)
    }
    return try result.get()
  }
}
