import Testing

@testable import Figures

@Suite("A chart")
struct ChartTests {
  @Test("of curves has the least, the quartiles and the greatest value of each step in its table")
  func curves() {
    let figure = UnitCurves(
      title: "t", quantity: "μ", units: 5, values: [1, 2, 3, 4, 10, -1, -1, -1, -1, 5], steps: [3, 4]
    ).figure()
    #expect(figure.table.columns.map(\.name) == ["step", "least", "25 %", "median", "75 %", "greatest"])
    #expect(figure.table.columns[0].values == .integers([3, 4]))
    #expect(figure.table.columns[3].values == .numbers([3, -1]))
    #expect(figure.table.columns[5].values == .numbers([10, 5]))
  }

  @Test("of curves draws a sample with both extremes if there are many units")
  func sample() {
    let values = (0..<5000).map(Double.init)
    let figure = UnitCurves(title: "t", quantity: "μ", units: 5000, values: values + values, steps: [0, 1]).figure()
    #expect(figure.description.contains("100 units have a line"))
    #expect(figure.svgElement(identifier: "f").utf8.count < 20_000)
  }

  @Test("of colours has all values in its data, and transparent pixels for missing ones")
  func heatmap() throws {
    let map = Heatmap(
      title: "t", quantity: "σ", columnNoun: "time step", columns: ["0", "1"], rows: 3,
      values: [1, 2, 3, .nan, 5, 6])
    let figure = map.figure()
    #expect(figure.data?.commaSeparated == "channel,time step 0,time step 1\r\n0,1,2\r\n1,3,\r\n2,5,6\r\n")
    let raster = try #require(
      figure.marks.compactMap { if case .image(let raster, _) = $0, raster.rows > 1 { raster } else { nil } }.first)
    // 1 is the least and 6 the greatest value: 0 and 254 of 255 colours.
    #expect(raster.cells == [0, 51, 102, Raster.missing, 203, 254])
  }

  @Test("of colours shows the most different of the channels that share a row of pixels")
  func sharedRows() throws {
    var values = [Double](repeating: 0, count: 960)
    values[7] = 1
    let figure = Heatmap(title: "t", quantity: "σ", columnNoun: "file", columns: ["a"], rows: 960, values: values)
      .figure()
    let raster = try #require(
      figure.marks.compactMap { if case .image(let raster, _) = $0, raster.rows > 1 { raster } else { nil } }.first)
    #expect(raster.rows == 480)
    #expect(raster.cells.enumerated().filter { $1 > 0 }.map(\.offset) == [3])
  }

  @Test("has the axes and colours of another one if it has room for the other's values")
  func shared() {
    func ticks(_ figure: Figure) -> [String] {
      figure.marks.compactMap { if case .text(let label) = $0, label.ink == .muted { label.text } else { nil } }
    }
    let curves = [([1.0, 2], [3.0, 900]), ([3, 900], [1, 2])].map { own, other in
      UnitCurves(title: "t", quantity: "σ", units: 1, values: own, steps: [0, 1], extent: (other, [0, 5])).figure()
    }
    #expect(ticks(curves[0]) == ticks(curves[1]) && ticks(curves[0]).contains("100"))
    let maps = [([1.0, 2], [3.0, 900]), ([3, 900], [1, 2])].map { own, other in
      Heatmap(title: "t", quantity: "σ", columnNoun: "file", columns: ["a"], rows: 2, values: own, extent: other)
        .figure()
    }
    #expect(ticks(maps[0]) == ticks(maps[1]) && ticks(maps[0]).contains("900"))
    let bars = [([1.0, 1, 1], [9.0]), ([9], [1, 1, 1])].map { own, other in
      Ridges(title: "t", quantity: "σ", rows: [Ridges.Row("r", own, peer: other)]).figure()
    }
    // 3 values share a bar in one of the figures, so both count to 3.
    #expect(ticks(bars[0]) == ticks(bars[1]) && ticks(bars[0]).contains("3"))
  }

  @Test("of colours with equal values names the value instead of a scale")
  func constant() {
    let map = Heatmap(title: "t", quantity: "μ", columnNoun: "step", columns: ["0"], rows: 2, values: [0, 0])
    #expect(map.figure().description.contains("All values are 0."))
    let counts = Heatmap(title: "t", quantity: "n", columnNoun: "step", columns: ["0"], rows: 2, values: [29, 128])
    #expect(counts.figure().description.contains("from 29 to 128"))
  }

  @Test(
    "has labels of ticks that do not touch, and do not leave the figure",
    arguments: [(-0.1085, 0.1085), (-0.000123, 0.000321), (-12_345, 99_999), (0, 1), (5, 5), (-1e-9, 1e-7)])
  func labels(_ low: Double, _ high: Double) {
    let figure = Scatter(
      title: "t", xQuantity: "x", yQuantity: "y", points: [(low, 0), (high, 1)], table: Table([])
    ).figure()
    let ends = figure.marks.compactMap { mark -> (Double, Double)? in
      guard case .text(let label) = mark, label.isTick else { return nil }
      let half = Frame.width(of: label.text) / 2
      return (label.at.x - half, label.at.x + half)
    }
    #expect(!ends.isEmpty && ends.allSatisfy { $0.0 >= -0.001 && $0.1 <= figure.width + 0.001 })
    for (left, right) in zip(ends, ends.dropFirst()) { #expect(left.1 < right.0) }
  }

  @Test("of distributions counts every finite value once")
  func ridges() {
    let figure = Ridges(title: "t", quantity: "σ", rows: [Ridges.Row("a", [1, 2, 2, 3, .nan]), Ridges.Row("b", [9])])
      .figure()
    #expect(figure.table.columns[0].values == .texts(["a", "b"]))
    #expect(figure.table.columns[3].values == .numbers([2, 9]))
  }
}

@Suite("A layered graph")
struct LayeredGraphTests {
  /// A graph from a small generator of numbers (Numerical Recipes' constants), so that the test is the same every time.
  private static func random(_ seed: UInt32) -> (
    sizes: [(width: Double, height: Double)], edges: [(from: Int, to: Int)]
  ) {
    var state = seed
    func next(_ bound: Int) -> Int {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int(state >> 8) % bound
    }
    let count = 2 + next(40)
    let sizes = (0..<count).map { _ in (width: Double(20 + next(150)), height: Double(20 + next(60))) }
    return (sizes, (0..<next(3 * count)).map { _ in (from: next(count), to: next(count)) })
  }

  @Test("has boxes that do not overlap, inside its size", arguments: 1...40 as ClosedRange<UInt32>)
  func separate(_ seed: UInt32) {
    let (sizes, edges) = LayeredGraphTests.random(seed)
    let layout = LayeredLayout(sizes: sizes, edges: edges)
    #expect(layout.frames.count == sizes.count)
    for (index, frame) in layout.frames.enumerated() {
      #expect(frame.x >= -0.001 && frame.maxX <= layout.width + 0.001 && frame.maxY <= layout.height + 0.001)
      for other in layout.frames[..<index] {
        let isApart =
          frame.x >= other.maxX - 0.001 || other.x >= frame.maxX - 0.001 || frame.y >= other.maxY - 0.001
          || other.y >= frame.maxY - 0.001
        #expect(isApart, "boxes \(frame) and \(other)")
      }
    }
  }

  @Test("has arrows that lead down, also if the graph has cycles", arguments: 1...40 as ClosedRange<UInt32>)
  func down(_ seed: UInt32) {
    let (sizes, edges) = LayeredGraphTests.random(seed)
    for route in LayeredLayout(sizes: sizes, edges: edges).routes {
      #expect(route.count >= 2)
      for (start, end) in zip(route, route.dropFirst()) { #expect(end.y >= start.y - 0.001) }
    }
  }

  @Test("puts a chain into layers, one below the other")
  func chain() {
    let layout = LayeredLayout(sizes: [(40, 20), (60, 20), (40, 20)], edges: [(0, 1), (1, 2)])
    #expect(layout.frames.map(\.y) == [0, 42, 84])
    #expect(Set(layout.frames.map { $0.x + $0.width / 2 }) == [30])
  }

  @Test("has a row in its table for each box, also for those inside boxes")
  func table() {
    let body = LayeredGraph(nodes: [LayeredGraph.Node("bn", detail: "BN")], edges: [])
    let graph = LayeredGraph(
      nodes: [LayeredGraph.Node("x"), LayeredGraph.Node("loop", inside: body)], edges: [(0, 1)])
    let figure = graph.figure(title: "t", description: "d")
    #expect(figure.table.columns[0].values == .texts(["x", "loop", "loop / bn"]))
    #expect(figure.table.columns[3].values == .texts(["loop", "", ""]))
    #expect(graph.nodeCount == 3)
  }
}
