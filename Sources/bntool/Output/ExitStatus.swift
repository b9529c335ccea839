import ArgumentParser
import Bricks
import Checkpoints
import HDF5
import Interchange
import PopulationStatistics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The version that `--version` prints.
enum ToolVersion {
  static let current = Version.current
}

/// The answer to the command's question is no; the message says why.
struct NegativeAnswer: Error, CustomStringConvertible {
  let description: String
}

/// Words that the command line does not allow.
struct UsageError: Error, CustomStringConvertible {
  let description: String
}

/// The documented exit statuses, of which those above 1 are from sysexits.h.
enum ExitStatus: Int32 {
  case negativeAnswer = 1
  case usage = 64
  case badData = 65
  case noInput = 66
  case cannotCreate = 73
  case inputOutput = 74

  var code: ExitCode { ExitCode(rawValue) }

  /// The status for an error of the libraries or of this tool; nil for one of the argument parser.
  init?(of error: any Error) {
    switch error {
    case is NegativeAnswer: self = .negativeAnswer
    case is UsageError: self = .usage
    case let error as CheckpointError:
      switch error.code {
      case .notFound: self = .noInput
      case .cannotCreate: self = .cannotCreate
      case .inputOutput: self = .inputOutput
      case .notACheckpoint, .unsupported, .damaged, .malformed, .refused, .unsuitable: self = .badData
      }
    case let error as InterchangeError:
      switch error.code {
      case .notFound, .notReadable, .noSuchMember: self = .noInput
      case .cannotCreate: self = .cannotCreate
      case .inputOutput: self = .inputOutput
      case .malformed, .unsupported, .outOfRange: self = .badData
      }
    case let error as HDF5Error:
      switch error.code {
      case .cannotCreate, .alreadyExists: self = .cannotCreate
      case .inputOutput: self = .inputOutput
      case .notFound: self = .noInput
      default: self = .badData
      }
    case let error as StatisticsError:
      switch error.code {
      case .differentParameters: self = .negativeAnswer
      case .invalidOption: self = .usage
      default: self = .badData
      }
    case is GraphError, is TensorError, is BrickError: self = .badData
    default: return nil
    }
  }
}

/// What the process does with signals.
enum ProcessSignals {
  /// A write beyond a file-size limit, or into a closed pipe, shall be an error that the writer sees, not a death.
  static func prepare() {
    signal(SIGXFSZ, SIG_IGN)
  }
}
