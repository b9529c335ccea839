/// The threads for computations.
package enum Threads {
  /// The number of processors that this process may use, at least 1. `OMP_NUM_THREADS` can reduce it, as in other numerical libraries.
  package static let count: Int = {
    let processors = Processors.count
    guard let text = getenv("OMP_NUM_THREADS"), let wanted = Int(String(cString: text)), wanted >= 1 else {
      return processors
    }
    return min(processors, wanted)
  }()
}
