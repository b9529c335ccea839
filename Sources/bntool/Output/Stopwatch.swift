import Platform

/// Measures the time since its creation. Changes of the system's time do not affect it.
struct Stopwatch {
  private let start = Stopwatch.now()

  var seconds: Double { Stopwatch.now() - start }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
