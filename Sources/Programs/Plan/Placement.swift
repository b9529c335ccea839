/// Places buffers in one block of memory. Buffers whose numbers are needed at different times share memory.
struct Placement {
  /// The offset of each buffer in the block, in floats.
  private(set) var offsets: [Int: Int] = [:]
  /// The size of the block, in floats.
  private(set) var count = 0

  /// Places the scratch buffers that instructions read and write.
  ///
  /// - Parameters:
  ///   - kept: The views that are needed until the end.
  ///   - lasting: The buffers that are needed from the beginning to the end.
  ///   - others: The buffers that are outside of the block.
  /// - Complexity: O(buffers²) in the worst case.
  init(
    _ instructions: [any Instruction], in table: BufferTable, keeping kept: [ArrayView], lasting: [ArrayView] = [],
    except others: Set<Int> = []
  ) {
    var lives: [Int: ClosedRange<Int>] = [:]
    func use(_ view: ArrayView, at time: Int) {
      guard case .scratch = table.contents[view.buffer], !others.contains(view.buffer) else { return }
      let life = lives[view.buffer] ?? time...time
      lives[view.buffer] = min(life.lowerBound, time)...max(life.upperBound, time)
    }
    for (time, instruction) in instructions.enumerated() {
      for view in instruction.reads + instruction.writes { use(view, at: time) }
    }
    for view in kept { use(view, at: instructions.count) }
    for view in lasting {
      use(view, at: -1)
      use(view, at: instructions.count)
    }
    var placed: [(life: ClosedRange<Int>, place: Range<Int>)] = []
    for (buffer, life) in lives.sorted(by: { ($0.value.lowerBound, $0.key) < ($1.value.lowerBound, $1.key) }) {
      guard case .scratch(let size) = table.contents[buffer] else { continue }
      // Buffers take whole cache lines, so that no two buffers share a cache line.
      let rounded = (size + 15) / 16 * 16
      var start = 0
      placed.removeAll { $0.life.upperBound < life.lowerBound }
      for other in placed.sorted(by: { $0.place.lowerBound < $1.place.lowerBound }) {
        if start + rounded <= other.place.lowerBound { break }
        start = max(start, other.place.upperBound)
      }
      placed.append((life, start..<start + rounded))
      offsets[buffer] = start
      count = max(count, start + rounded)
    }
  }
}
