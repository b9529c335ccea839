/// The buffers of a loop's body that are rows of arrays outside the loop.
final class RowTable {
  private(set) var rows: [Loop.Row] = []
  private let table: BufferTable
  private var known: [ArrayView: ArrayView] = [:]

  init(_ table: BufferTable) { self.table = table }

  func row(of source: ArrayView) -> ArrayView {
    if let view = known[source] { return view }
    let view = table.row(of: source)
    rows.append(Loop.Row(buffer: view.buffer, source: source))
    known[source] = view
    return view
  }

  /// The buffer for the rows of an array in double precision, one row at each step.
  func row(of source: PreciseView) -> PreciseView {
    var floats = source.floats
    floats.dimensions = [source.dimensions[0], floats.elementCount / source.dimensions[0]]
    floats.strides = [floats.dimensions[1], 1]
    return PreciseView(floats: row(of: floats), dimensions: Array(source.dimensions.dropFirst()))
  }
}
