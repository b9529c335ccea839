import Platform

/// The time of creation in a file. It comes from the environment variable for reproducible builds, and files contain no other time.
enum CreationTime {
  /// `SOURCE_DATE_EPOCH` as text; nil if it is not set or not a valid number.
  static func fromEnvironment() -> String? {
    Environment.value(of: "SOURCE_DATE_EPOCH").flatMap(text(secondsSince1970:))
  }

  /// The time as `YYYY-MM-DDThh:mm:ssZ`, from seconds since 1970 in decimal digits; nil for any other text, and after the year
  /// 9999.
  static func text(secondsSince1970 value: String) -> String? {
    guard let seconds = Int(value), (0...253_402_300_799).contains(seconds) else { return nil }
    var time = time_t(seconds)
    var parts = tm()
    guard gmtime_r(&time, &parts) != nil else { return nil }
    func digits(_ number: Int32, _ count: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    return "\(digits(parts.tm_year + 1900, 4))-\(digits(parts.tm_mon + 1, 2))-\(digits(parts.tm_mday, 2))T"
      + "\(digits(parts.tm_hour, 2)):\(digits(parts.tm_min, 2)):\(digits(parts.tm_sec, 2))Z"
  }
}
