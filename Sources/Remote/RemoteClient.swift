import Platform

/// Asks a server for ranges of an object, and asks again after temporary failures.
struct RemoteClient: Sendable {
  let object: RemoteObject
  private let limits: RemoteLimits
  private let s3: S3Client?

  /// Creates a client of an object. For an object of S3, this reads the settings of the AWS tools.
  ///
  /// - Throws: `FileError` with code `.denied` if the settings are wrong.
  init(_ object: RemoteObject, limits: RemoteLimits) throws(FileError) {
    self.object = object
    self.limits = limits
    s3 = try object.s3.map { (place) throws(FileError) in try S3Client(place, name: object.name) }
  }

  /// Requests a range. The answer has status 206 and all of the bytes, or status 304, 412 or 416.
  ///
  /// - Parameter condition: A header such as `If-Match`.
  /// - Throws: `FileError` with code `.notFound`, `.denied` or `.inputOutput`.
  func answer(to range: Range<Int>, condition: String? = nil) throws(FileError) -> Answer {
    let start = ContinuousClock.now
    var attempt = 0
    var knowsRegion = false
    while true {
      var problem: String
      var wantedDelay: Double?
      do throws(TransferFailure) {
        let answer = try Transfer.perform(request(range, condition), limits: limits)
        switch answer.status {
        case 206:
          let place = try check(answer, for: range)
          if answer.bytes.count == place.count { return answer }
          problem = "the server ended its answer too early"
        case 304, 412, 416: return answer
        case 408, 429, 500...599:
          problem = "the server answered \(Self.text(answer))"
          wantedDelay = answer.retryAfter
        default:
          // If a request was sent to the wrong region, S3 names the region of the bucket.
          guard let region = answer.region, !knowsRegion, s3?.use(region: region) ?? false else {
            throw TransferFailure(refusal(answer))
          }
          knowsRegion = true
          continue
        }
      } catch {
        guard error.isTemporary else { throw error.fileError ?? unreachable(error) }
        problem = error.text
      }
      attempt += 1
      guard attempt < limits.attempts, ContinuousClock.now - start < .seconds(limits.total) else {
        throw FileError(
          .inputOutput, "cannot be fetched: \(problem) (\(attempt) attempts); try again later", path: object.name)
      }
      usleep(UInt32(limits.delay(afterAttempt: attempt - 1, wanted: wantedDelay) * 1e6))
    }
  }

  private func request(_ range: Range<Int>, _ condition: String?) -> RangeRequest {
    let conditions = condition.map { [$0] } ?? []
    guard let s3 else {
      return RangeRequest(
        url: object.url, range: range, headers: conditions, allowsPlainHTTP: object.allowsPlainHTTP,
        followsRedirects: true)
    }
    return s3.request(range, headers: conditions)
  }

  /// The range of the bytes in an answer.
  private func check(_ answer: Answer, for range: Range<Int>) throws(TransferFailure) -> Range<Int> {
    func fault(_ problem: String) -> TransferFailure {
      TransferFailure(
        FileError(
          .inputOutput,
          "the server's answer to a request for a range is wrong: \(problem); download the file, and read it here",
          path: object.name))
    }
    guard !answer.isEncoded else { throw fault("its bytes are compressed") }
    guard let place = answer.place, !place.range.isEmpty else { throw fault("it does not name the range") }
    guard place.range == range.lowerBound..<min(range.upperBound, place.total) else {
      throw fault("it has the bytes \(place.range) instead of \(range)")
    }
    guard !answer.isTooLong, answer.bytes.count <= place.range.count else { throw fault("it has too many bytes") }
    return place.range
  }

  /// The error for an answer after which another attempt would not help.
  private func refusal(_ answer: Answer) -> FileError {
    let text = Self.text(answer)
    let error: (FileError.Code, String) =
      switch answer.status {
      case 200:
        (
          .inputOutput,
          "the server ignores ranges, and would send the whole object for each part of it; download the file, and read it here"
        )
      case 404, 410: (.notFound, "there is no such object; the server answered \(text)")
      case 401, 403: (.denied, "the server refuses access with \(text); \(s3?.advice ?? "check the URL")")
      case 300...399: (.inputOutput, "the server redirects without an address that can be followed, with \(text)")
      default: (.inputOutput, "cannot be fetched: the server answered \(text)")
      }
    return FileError(error.0, error.1, path: object.name)
  }

  private func unreachable(_ failure: TransferFailure) -> FileError {
    FileError(.inputOutput, "cannot be fetched: \(failure.text)", path: object.name)
  }

  /// The status of an answer, and the error code that S3 gives: `403 AccessDenied`.
  private static func text(_ answer: Answer) -> String {
    let text = String(decoding: answer.bytes, as: UTF8.self)
    guard let start = text.firstRange(of: "<Code>"), let end = text[start.upperBound...].firstIndex(of: "<") else {
      return "\(answer.status)"
    }
    let code = text[start.upperBound..<end].prefix(64)
    guard
      code.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) })
    else { return "\(answer.status)" }
    return "\(answer.status) \(code)"
  }
}
