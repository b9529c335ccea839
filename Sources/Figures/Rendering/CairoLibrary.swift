import Platform

/// The functions of cairo, a library for drawing, which is loaded only when a figure is drawn as PDF or PNG.
///
/// Programs are not linked with cairo. So they start without loading it, and also run on machines without it. The function
/// pointers never change, so every thread may call them.
struct CairoLibrary: @unchecked Sendable {
  typealias Handle = OpaquePointer

  let pdfSurface: @convention(c) (UnsafePointer<CChar>?, Double, Double) -> Handle?
  let pdfMetadata: @convention(c) (Handle, Int32, UnsafePointer<CChar>) -> Void
  let imageSurface: @convention(c) (Int32, Int32, Int32) -> Handle?
  let imageSurfaceForData: @convention(c) (UnsafeMutablePointer<UInt8>, Int32, Int32, Int32, Int32) -> Handle?
  let writeToPNG: @convention(c) (Handle, UnsafePointer<CChar>) -> Int32
  let finish: @convention(c) (Handle) -> Void
  let surfaceStatus: @convention(c) (Handle) -> Int32
  let destroySurface: @convention(c) (Handle) -> Void
  let create: @convention(c) (Handle) -> Handle?
  let destroy: @convention(c) (Handle) -> Void
  let status: @convention(c) (Handle) -> Int32
  let statusText: @convention(c) (Int32) -> UnsafePointer<CChar>
  let save: @convention(c) (Handle) -> Void
  let restore: @convention(c) (Handle) -> Void
  let translate: @convention(c) (Handle, Double, Double) -> Void
  let scale: @convention(c) (Handle, Double, Double) -> Void
  let color: @convention(c) (Handle, Double, Double, Double, Double) -> Void
  let lineWidth: @convention(c) (Handle, Double) -> Void
  let lineCap: @convention(c) (Handle, Int32) -> Void
  let dash: @convention(c) (Handle, UnsafePointer<Double>, Int32, Double) -> Void
  let move: @convention(c) (Handle, Double, Double) -> Void
  let line: @convention(c) (Handle, Double, Double) -> Void
  let curve: @convention(c) (Handle, Double, Double, Double, Double, Double, Double) -> Void
  let closePath: @convention(c) (Handle) -> Void
  let rectangle: @convention(c) (Handle, Double, Double, Double, Double) -> Void
  let stroke: @convention(c) (Handle) -> Void
  let fill: @convention(c) (Handle) -> Void
  let clip: @convention(c) (Handle) -> Void
  let paint: @convention(c) (Handle) -> Void
  let font: @convention(c) (Handle, UnsafePointer<CChar>, Int32, Int32) -> Void
  let fontSize: @convention(c) (Handle, Double) -> Void
  let textExtents: @convention(c) (Handle, UnsafePointer<CChar>, UnsafeMutablePointer<Double>) -> Void
  let showText: @convention(c) (Handle, UnsafePointer<CChar>) -> Void
  let sourceSurface: @convention(c) (Handle, Handle, Double, Double) -> Void
  let source: @convention(c) (Handle) -> Handle?
  let filter: @convention(c) (Handle, Int32) -> Void

  /// Loads the library.
  ///
  /// - Throws: `FigureError` if the library is missing or too old. The message names the package to install.
  init() throws(FigureError) {
    let names = [
      "libcairo.so.2", "libcairo.2.dylib", "/opt/homebrew/lib/libcairo.2.dylib", "/usr/local/lib/libcairo.2.dylib",
    ]
    guard let library = names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first else {
      throw FigureError(
        "PDF and PNG files need the library cairo, which is not installed. Install it (Debian: apt-get install libcairo2), or write "
          + "an SVG file")
    }
    var missing: String?
    func function<Function>(_ name: String, as type: Function.Type = Function.self) -> Function? {
      guard let address = dlsym(library, "cairo_\(name)") else {
        missing = missing ?? name
        return nil
      }
      return unsafeBitCast(address, to: Function.self)
    }
    guard
      let pdfSurface: @convention(c) (UnsafePointer<CChar>?, Double, Double) -> Handle? = function(
        "pdf_surface_create"),
      let pdfMetadata: @convention(c) (Handle, Int32, UnsafePointer<CChar>) -> Void = function(
        "pdf_surface_set_metadata"),
      let imageSurface: @convention(c) (Int32, Int32, Int32) -> Handle? = function("image_surface_create"),
      let imageSurfaceForData: @convention(c) (UnsafeMutablePointer<UInt8>, Int32, Int32, Int32, Int32) -> Handle? =
        function("image_surface_create_for_data"),
      let writeToPNG: @convention(c) (Handle, UnsafePointer<CChar>) -> Int32 = function("surface_write_to_png"),
      let finish: @convention(c) (Handle) -> Void = function("surface_finish"),
      let surfaceStatus: @convention(c) (Handle) -> Int32 = function("surface_status"),
      let destroySurface: @convention(c) (Handle) -> Void = function("surface_destroy"),
      let create: @convention(c) (Handle) -> Handle? = function("create"),
      let destroy: @convention(c) (Handle) -> Void = function("destroy"),
      let status: @convention(c) (Handle) -> Int32 = function("status"),
      let statusText: @convention(c) (Int32) -> UnsafePointer<CChar> = function("status_to_string"),
      let save: @convention(c) (Handle) -> Void = function("save"),
      let restore: @convention(c) (Handle) -> Void = function("restore"),
      let translate: @convention(c) (Handle, Double, Double) -> Void = function("translate"),
      let scale: @convention(c) (Handle, Double, Double) -> Void = function("scale"),
      let color: @convention(c) (Handle, Double, Double, Double, Double) -> Void = function("set_source_rgba"),
      let lineWidth: @convention(c) (Handle, Double) -> Void = function("set_line_width"),
      let lineCap: @convention(c) (Handle, Int32) -> Void = function("set_line_cap"),
      let dash: @convention(c) (Handle, UnsafePointer<Double>, Int32, Double) -> Void = function("set_dash"),
      let move: @convention(c) (Handle, Double, Double) -> Void = function("move_to"),
      let line: @convention(c) (Handle, Double, Double) -> Void = function("line_to"),
      let curve: @convention(c) (Handle, Double, Double, Double, Double, Double, Double) -> Void = function("curve_to"),
      let closePath: @convention(c) (Handle) -> Void = function("close_path"),
      let rectangle: @convention(c) (Handle, Double, Double, Double, Double) -> Void = function("rectangle"),
      let stroke: @convention(c) (Handle) -> Void = function("stroke"),
      let fill: @convention(c) (Handle) -> Void = function("fill"),
      let clip: @convention(c) (Handle) -> Void = function("clip"),
      let paint: @convention(c) (Handle) -> Void = function("paint"),
      let font: @convention(c) (Handle, UnsafePointer<CChar>, Int32, Int32) -> Void = function("select_font_face"),
      let fontSize: @convention(c) (Handle, Double) -> Void = function("set_font_size"),
      let textExtents: @convention(c) (Handle, UnsafePointer<CChar>, UnsafeMutablePointer<Double>) -> Void =
        function("text_extents"),
      let showText: @convention(c) (Handle, UnsafePointer<CChar>) -> Void = function("show_text"),
      let sourceSurface: @convention(c) (Handle, Handle, Double, Double) -> Void = function("set_source_surface"),
      let source: @convention(c) (Handle) -> Handle? = function("get_source"),
      let filter: @convention(c) (Handle, Int32) -> Void = function("pattern_set_filter")
    else {
      throw FigureError(
        "the installed library cairo is too old: it has no cairo_\(missing ?? ""). Install a newer version, or write an SVG file"
      )
    }
    (self.pdfSurface, self.pdfMetadata, self.imageSurface) = (pdfSurface, pdfMetadata, imageSurface)
    (self.imageSurfaceForData, self.writeToPNG, self.finish) = (imageSurfaceForData, writeToPNG, finish)
    (self.surfaceStatus, self.destroySurface, self.create) = (surfaceStatus, destroySurface, create)
    (self.destroy, self.status, self.statusText) = (destroy, status, statusText)
    (self.save, self.restore, self.translate, self.scale) = (save, restore, translate, scale)
    (self.color, self.lineWidth, self.lineCap, self.dash) = (color, lineWidth, lineCap, dash)
    (self.move, self.line, self.curve, self.closePath) = (move, line, curve, closePath)
    (self.rectangle, self.stroke, self.fill, self.clip, self.paint) = (rectangle, stroke, fill, clip, paint)
    (self.font, self.fontSize, self.textExtents, self.showText) = (font, fontSize, textExtents, showText)
    (self.sourceSurface, self.source, self.filter) = (sourceSurface, source, filter)
  }
}

/// A figure that could not be drawn. The message says why, and what to do.
public struct FigureError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The message.
  public let description: String

  init(_ description: String) { self.description = description }
}
