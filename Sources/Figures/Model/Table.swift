import Platform

/// Numbers in named columns.
public struct Table: Hashable, Sendable {
  /// A column with its values.
  public struct Column: Hashable, Sendable {
    /// The values of a column. All values are of one kind.
    public enum Values: Hashable, Sendable {
      /// Words.
      case texts([String])
      /// Measured numbers.
      case numbers([Double])
      /// Counts and indices.
      case integers([Int])
    }

    /// The heading.
    public var name: String
    /// The values.
    public var values: Values

    /// Creates a column of texts.
    public init(_ name: String, _ texts: [String]) { (self.name, values) = (name, .texts(texts)) }

    /// Creates a column of numbers. A number that is not finite is a missing value.
    public init(_ name: String, _ numbers: [Double]) { (self.name, values) = (name, .numbers(numbers)) }

    /// Creates a column of integers.
    public init(_ name: String, _ integers: [Int]) { (self.name, values) = (name, .integers(integers)) }

    /// The number of values.
    public var count: Int {
      switch values {
      case .texts(let values): values.count
      case .numbers(let values): values.count
      case .integers(let values): values.count
      }
    }

    /// Returns a value as text, in full. A missing value gives an empty text.
    func exactText(_ row: Int) -> String {
      switch values {
      case .texts(let values): values[row]
      case .integers(let values): String(values[row])
      case .numbers(let values): Table.exact(values[row])
      }
    }
  }

  /// The columns, of equal length.
  public var columns: [Column]

  /// Creates a table from columns of equal length.
  public init(_ columns: [Column]) { self.columns = columns }

  /// The number of rows.
  public var rowCount: Int { columns.first?.count ?? 0 }

  /// The number of values.
  public var valueCount: Int { columns.count * rowCount }

  /// The greatest number of rows of an excerpt.
  static let excerptLimit = 32

  /// The table, or rows at equal distances if there are more than 32 rows. The last row is always there.
  public var excerpt: Table {
    guard rowCount > Table.excerptLimit else { return self }
    let distance = (rowCount + Table.excerptLimit - 1) / Table.excerptLimit
    let rows = (0..<rowCount).filter { (rowCount - 1 - $0) % distance == 0 }
    return Table(
      columns.map { column in
        switch column.values {
        case .texts(let values): Column(column.name, rows.map { values[$0] })
        case .numbers(let values): Column(column.name, rows.map { values[$0] })
        case .integers(let values): Column(column.name, rows.map { values[$0] })
        }
      })
  }

  /// Returns the shortest text that reads back as the same number. A number that single precision represents exactly only has to read
  /// back in single precision.
  public static func exact(_ number: Double) -> String {
    guard number.isFinite else { return "" }
    let float = Float(number)
    let text = Double(float) == number ? float.description : number.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// The table as comma-separated values (RFC 4180), with the headings in the first line.
  public var commaSeparated: String {
    func quoted(_ text: String) -> String {
      text.contains { ",\"\n\r".contains($0) }
        ? "\"\(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\"" : text
    }
    var text = columns.map { quoted($0.name) }.joined(separator: ",") + "\r\n"
    let isText = columns.map { if case .texts = $0.values { true } else { false } }
    for row in 0..<rowCount {
      for (index, column) in columns.enumerated() {
        if index > 0 { text += "," }
        let value = column.exactText(row)
        text += isText[index] ? quoted(value) : value
      }
      text += "\r\n"
    }
    return text
  }

  /// Returns quantiles of the finite values, at the given shares from 0 to 1.
  ///
  /// A quantile between two values is interpolated linearly, as in NumPy.
  ///
  /// - Returns: One number for each share; nil if no value is finite.
  public static func quantiles(_ values: some Sequence<Double>, _ shares: [Double]) -> [Double]? {
    let sorted = values.filter(\.isFinite).sorted()
    guard !sorted.isEmpty else { return nil }
    return shares.map { share in
      let place = share * Double(sorted.count - 1)
      let low = Int(place)
      let high = min(low + 1, sorted.count - 1)
      return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
    }
  }
}
