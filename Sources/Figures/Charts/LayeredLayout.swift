/// The positions of boxes in layers, by the method of Sugiyama, Tagawa and Toda (1981).
///
/// The longest path to a box gives its layer. The order within a layer avoids crossings. Each box is close to its neighbours.
struct LayeredLayout {
  /// The rectangle of each box.
  private(set) var frames: [Rectangle] = []
  /// The points of each arrow: on the lower side of its first box, in each layer that it crosses, and on the upper side of its last box.
  private(set) var routes: [[Point]] = []
  private(set) var width = 0.0
  private(set) var height = 0.0

  private static let horizontalGap = 14.0
  private static let verticalGap = 22.0
  private static let sweeps = 8

  /// A box, or the point of an arrow in a layer that it crosses.
  private struct Item {
    var width: Double
    var height: Double
    var layer: Int
    var x = 0.0
    var above: [Int] = []
    var below: [Int] = []
  }

  init(sizes: [(width: Double, height: Double)], edges: [(from: Int, to: Int)]) {
    guard !sizes.isEmpty else { return }
    var seen: Set<[Int]> = []
    let edges = LayeredLayout.withoutCycles(
      edges.filter { $0.from != $0.to && seen.insert([$0.from, $0.to]).inserted }, count: sizes.count)
    let layers = LayeredLayout.layers(edges, count: sizes.count)
    var items = zip(sizes, layers).map { Item(width: $0.width, height: $0.height, layer: $1) }
    var paths: [[Int]] = []
    for edge in edges {
      var path = [edge.from]
      for layer in (layers[edge.from] + 1)..<max(layers[edge.to], layers[edge.from] + 1) {
        items.append(Item(width: 8, height: 0, layer: layer))
        path.append(items.count - 1)
      }
      path.append(edge.to)
      for (above, below) in zip(path, path.dropFirst()) {
        items[above].below.append(below)
        items[below].above.append(above)
      }
      paths.append(path)
    }
    let rows = LayeredLayout.ordered(items)
    LayeredLayout.place(&items, rows)
    var y = 0.0
    var tops: [Double] = []
    for row in rows {
      tops.append(y)
      y += (row.map { items[$0].height }.max() ?? 0) + LayeredLayout.verticalGap
    }
    let left = items.map { $0.x - $0.width / 2 }.min() ?? 0
    for index in items.indices { items[index].x -= left }
    width = items.map { $0.x + $0.width / 2 }.max() ?? 0
    height = max(y - LayeredLayout.verticalGap, 0)
    let heights = rows.map { row in row.map { items[$0].height }.max() ?? 0 }
    frames = sizes.indices.map { index in
      let item = items[index]
      let top = tops[item.layer] + (heights[item.layer] - item.height) / 2
      return Rectangle(x: item.x - item.width / 2, y: top, width: item.width, height: item.height)
    }
    routes = paths.map { path in
      var points: [Point] = []
      for (position, index) in path.enumerated() {
        let item = items[index]
        if position == 0 {
          points.append(Point(item.x, frames[index].maxY))
        } else if position == path.count - 1 {
          points.append(Point(item.x, frames[index].y))
        } else {
          points.append(Point(item.x, tops[item.layer]))
          points.append(Point(item.x, tops[item.layer] + heights[item.layer]))
        }
      }
      return points
    }
  }

  /// Returns the edges, except for edges that close a cycle.
  private static func withoutCycles(_ edges: [(from: Int, to: Int)], count: Int) -> [(from: Int, to: Int)] {
    var next = [[Int]](repeating: [], count: count)
    for (index, edge) in edges.enumerated() { next[edge.from].append(index) }
    var state = [UInt8](repeating: 0, count: count)  // 0: not visited, 1: on the way, 2: finished
    var closing: Set<Int> = []
    for start in 0..<count where state[start] == 0 {
      var stack = [(node: start, position: 0)]
      state[start] = 1
      while let (node, position) = stack.last {
        guard position < next[node].count else {
          state[node] = 2
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].position += 1
        let edge = next[node][position]
        let target = edges[edge].to
        if state[target] == 1 { closing.insert(edge) }
        if state[target] == 0 {
          state[target] = 1
          stack.append((target, 0))
        }
      }
    }
    return edges.indices.filter { !closing.contains($0) }.map { edges[$0] }
  }

  /// The layer of each box: the length of the longest path to it. A box without inputs is
  /// directly above the nearest box that it leads to.
  private static func layers(_ edges: [(from: Int, to: Int)], count: Int) -> [Int] {
    var next = [[Int]](repeating: [], count: count)
    var pending = [Int](repeating: 0, count: count)
    for edge in edges {
      next[edge.from].append(edge.to)
      pending[edge.to] += 1
    }
    let isSource = pending.map { $0 == 0 }
    var layers = [Int](repeating: 0, count: count)
    var ready = (0..<count).filter { pending[$0] == 0 }
    while let node = ready.popLast() {
      for target in next[node] {
        layers[target] = max(layers[target], layers[node] + 1)
        pending[target] -= 1
        if pending[target] == 0 { ready.append(target) }
      }
    }
    for node in 0..<count where isSource[node] {
      if let nearest = next[node].map({ layers[$0] }).min() { layers[node] = nearest - 1 }
    }
    return layers
  }

  private static func ordered(_ items: [Item]) -> [[Int]] {
    var rows = [[Int]](repeating: [], count: (items.map(\.layer).max() ?? 0) + 1)
    for index in items.indices { rows[items[index].layer].append(index) }
    var position = [Double](repeating: 0, count: items.count)
    for row in rows { for (place, index) in row.enumerated() { position[index] = Double(place) } }
    for sweep in 0..<sweeps {
      let isDown = sweep % 2 == 0
      for layer in isDown ? Array(rows.indices) : rows.indices.reversed() {
        let keys = rows[layer].map { index -> Double in
          let neighbours = isDown ? items[index].above : items[index].below
          return neighbours.isEmpty
            ? position[index] : neighbours.reduce(0) { $0 + position[$1] } / Double(neighbours.count)
        }
        let order = rows[layer].indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        rows[layer] = order.map { rows[layer][$0] }
        for (place, index) in rows[layer].enumerated() { position[index] = Double(place) }
      }
    }
    return rows
  }

  private static func place(_ items: inout [Item], _ rows: [[Int]]) {
    for row in rows {
      var x = 0.0
      for index in row {
        items[index].x = x + items[index].width / 2
        x += items[index].width + horizontalGap
      }
      for index in row { items[index].x -= (x - horizontalGap) / 2 }
    }
    for sweep in 0..<2 * sweeps {
      let isDown = sweep % 2 == 0
      for row in isDown ? rows : rows.reversed() {
        let wanted = row.map { index -> Double in
          let item = items[index]
          let neighbours = isDown ? item.above : item.below
          return neighbours.isEmpty ? item.x : neighbours.reduce(0) { $0 + items[$1].x } / Double(neighbours.count)
        }
        for (index, x) in zip(row, spaced(wanted, row.map { items[$0].width })) { items[index].x = x }
      }
    }
  }

  /// Returns the positions that are closest to the wanted positions (least squares), keep their order and do not overlap. The method
  /// is the pool-adjacent-violators algorithm.
  private static func spaced(_ wanted: [Double], _ widths: [Double]) -> [Double] {
    var offsets: [Double] = []
    var offset = 0.0
    for (index, width) in widths.enumerated() {
      if index > 0 { offset += (widths[index - 1] + width) / 2 + horizontalGap }
      offsets.append(offset)
    }
    var pools: [(sum: Double, count: Double)] = []
    for (index, x) in wanted.enumerated() {
      pools.append((x - offsets[index], 1))
      while pools.count > 1, let last = pools.last,
        case let previous = pools[pools.count - 2], previous.sum / previous.count > last.sum / last.count
      {
        pools.removeLast(2)
        pools.append((previous.sum + last.sum, previous.count + last.count))
      }
    }
    let starts = pools.flatMap { [Double](repeating: $0.sum / $0.count, count: Int($0.count)) }
    return zip(starts, offsets).map { $0 + $1 }
  }
}
