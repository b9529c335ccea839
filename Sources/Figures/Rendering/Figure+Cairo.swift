import Platform

extension Figure {
  /// The file formats that cairo draws.
  public enum DrawnFormat: Hashable, Sendable {
    /// A page of the figure's size, with embedded fonts.
    case pdf
    /// Pixels with the given number of pixels for each point.
    case png(scale: Double)
  }

  /// Draws the figure in dark colours on white, and writes it to a file.
  ///
  /// - Throws: `FigureError` if cairo is not installed or fails.
  public func draw(_ format: DrawnFormat, to path: String) throws(FigureError) {
    let cairo = try CairoLibrary()
    let surface: CairoLibrary.Handle?
    switch format {
    case .pdf: surface = cairo.pdfSurface(path, width, height)
    case .png(let scale):
      surface = cairo.imageSurface(0, Int32((width * scale).rounded()), Int32((height * scale).rounded()))
    }
    guard let surface else { throw FigureError("cairo has no memory") }
    defer { cairo.destroySurface(surface) }
    if case .pdf = format {
      // The kinds of metadata: 0 is the title, and 5 is the time of creation, which would differ in each file.
      cairo.pdfMetadata(surface, 0, fullTitle)
      cairo.pdfMetadata(surface, 5, "2000-01-01T00:00:00Z")
    }
    guard let context = cairo.create(surface) else { throw FigureError("cairo has no memory") }
    if case .png(let scale) = format { cairo.scale(context, scale, scale) }
    let canvas = CairoCanvas(cairo: cairo, context: context)
    cairo.color(context, 1, 1, 1, 1)
    cairo.paint(context)
    for mark in marks { canvas.draw(mark) }
    var status = cairo.status(context)
    cairo.destroy(context)
    if case .png = format {
      status = status == 0 ? cairo.writeToPNG(surface, path) : status
    } else {
      cairo.finish(surface)
      status = status == 0 ? cairo.surfaceStatus(surface) : status
    }
    guard status == 0 else { throw FigureError(String(cString: cairo.statusText(status))) }
  }
}

/// Draws marks with cairo.
private struct CairoCanvas {
  let cairo: CairoLibrary
  let context: CairoLibrary.Handle

  func draw(_ mark: Mark) {
    switch mark {
    case .stroke(let path, let stroke):
      trace(path)
      set(stroke.ink, stroke.opacity)
      cairo.lineWidth(context, stroke.width)
      cairo.lineCap(context, stroke.isRound ? 1 : 0)
      cairo.dash(context, [3, 3], stroke.isDashed ? 2 : 0, 0)
      cairo.stroke(context)
    case .fill(let path, let ink, let opacity):
      trace(path)
      set(ink, opacity)
      cairo.fill(context)
    case .text(let label): draw(label)
    case .image(let raster, let place): draw(raster, in: place)
    case .plot(let area):
      cairo.save(context)
      cairo.rectangle(context, area.frame.x, area.frame.y, area.frame.width, area.frame.height)
      cairo.clip(context)
      cairo.translate(context, area.frame.x, area.frame.y)
      for mark in area.marks { draw(mark) }
      cairo.restore(context)
    case .titled(_, let marks): for mark in marks { draw(mark) }
    }
  }

  private func set(_ ink: Ink, _ opacity: Double) {
    let color = ink.light
    cairo.color(
      context, Double(color >> 16 & 255) / 255, Double(color >> 8 & 255) / 255, Double(color & 255) / 255, opacity)
  }

  private func trace(_ path: Path) {
    for element in path.elements {
      switch element {
      case .move(let point): cairo.move(context, point.x, point.y)
      case .line(let point): cairo.line(context, point.x, point.y)
      case .curve(let first, let second, let end):
        cairo.curve(context, first.x, first.y, second.x, second.y, end.x, end.y)
      case .close: cairo.closePath(context)
      }
    }
  }

  private func draw(_ label: Mark.Label) {
    cairo.font(context, "DejaVu Sans", 0, label.isBold ? 1 : 0)
    // Letters are smaller than in SVG files, because DejaVu Sans is wider than Helvetica and Arial.
    cairo.fontSize(context, label.size * 0.88)
    set(label.ink, 1)
    // The fifth number of the measurements is the distance to the end of the text.
    var extents = [Double](repeating: 0, count: 6)
    cairo.textExtents(context, label.text, &extents)
    let shift = label.anchor == .start ? 0 : label.anchor == .middle ? extents[4] / 2 : extents[4]
    cairo.move(context, label.at.x - shift, label.at.y)
    cairo.showText(context, label.text)
  }

  private func draw(_ raster: Raster, in place: Rectangle) {
    let colors = (0..<ColorMap.count).map { raster.map.color(Double($0) / Double(ColorMap.count - 1)) }
    var pixels = raster.cells.map { $0 == Raster.missing ? 0 : 0xff00_0000 | colors[Int($0)] }
    pixels.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
        let image = cairo.imageSurfaceForData(
          start, 0, Int32(raster.columns), Int32(raster.rows), Int32(raster.columns * 4))
      else { return }
      cairo.save(context)
      cairo.translate(context, place.x, place.y)
      cairo.scale(context, place.width / Double(raster.columns), place.height / Double(raster.rows))
      cairo.sourceSurface(context, image, 0, 0)
      // Filter 3 gives each cell sharp edges.
      if let source = cairo.source(context) { cairo.filter(source, 3) }
      cairo.rectangle(context, 0, 0, Double(raster.columns), Double(raster.rows))
      cairo.fill(context)
      cairo.restore(context)
      cairo.finish(image)
      cairo.destroySurface(image)
    }
  }
}
