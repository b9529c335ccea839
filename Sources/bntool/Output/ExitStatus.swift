import ArgumentParser
import Bricks
import Checkpoints
import HDF5
import Interchange
import ModelFormats
import Platform
import PopulationStatistics
import Signatures

/// The documented exit statuses. Those above 1 are from sysexits.h.
enum ExitStatus: Int32 {
  case negativeAnswer = 1
  case usage = 64
  case badData = 65
  case noInput = 66
  case cannotCreate = 73
  case inputOutput = 74
  case unfinished = 75

  /// The status for an error of the libraries or of this tool; nil for an error of the argument parser.
  init?(of error: any Error) {
    switch error {
    case is NegativeAnswer: self = .negativeAnswer
    case let failure as ReportedFailure: self = failure.status
    case is UsageError: self = .usage
    case is DataError: self = .badData
    case is Unfinished: self = .unfinished
    case let error as OutputError: self = error.status
    case let error as CheckpointError:
      switch error.code {
      case .notFound: self = .noInput
      case .cannotCreate: self = .cannotCreate
      case .inputOutput: self = .inputOutput
      case .notACheckpoint, .unsupported, .damaged, .malformed, .refused, .unsuitable: self = .badData
      }
    case let error as FileError:
      switch error.code {
      case .notFound, .notReadable, .denied: self = .noInput
      case .malformed: self = .badData
      case .cannotCreate: self = .cannotCreate
      case .inputOutput: self = .inputOutput
      }
    case let error as InterchangeError:
      switch error.code {
      case .notFound, .notReadable, .noSuchMember: self = .noInput
      case .cannotCreate: self = .cannotCreate
      case .inputOutput: self = .inputOutput
      case .malformed, .unsupported, .outOfRange, .unsuitable: self = .badData
      }
    case let error as ModelFormatError:
      switch error.code {
      case .notReadable: self = .noInput
      case .inputOutput: self = .inputOutput
      case .incomplete: self = .usage
      case .malformed, .unsupported, .notRepresentable: self = .badData
      }
    case let error as HDF5Error:
      switch error.code {
      case .cannotCreate, .alreadyExists: self = .cannotCreate
      case .inputOutput: self = .inputOutput
      case .notFound, .permissionDenied: self = .noInput
      default: self = .badData
      }
    case let error as StatisticsError:
      switch error.code {
      case .differentParameters, .overlap: self = .negativeAnswer
      case .invalidOption: self = .usage
      default: self = .badData
      }
    case let error as GraphError where error.code == .invalidSelector: self = .usage
    case let error as SignatureError: self = error.code == .failed ? .inputOutput : .badData
    case is GraphError, is TensorError, is BrickError, is EncodingError: self = .badData
    default: return nil
    }
  }

  /// Reports an error, and ends the process with its status. Requested help is a success.
  ///
  /// - Parameter words: The words of the command line after the command.
  static func end(after error: any Error, of command: any ParsableCommand.Type, words: [String]) -> Never {
    if let status = ExitStatus(of: error) {
      if !(error is ReportedFailure) { Console.error("\(error)") }
      end(status.rawValue)
    }
    let status = command.exitCode(for: error).rawValue
    guard status == 0 else {
      let message = UnknownOption.message(words, of: command) ?? command.message(for: error)
      let program = command == BNTool.self ? "bntool" : "bntool \(command.configuration.commandName ?? "")"
      let usage = "Usage: \(command.usageString())".split(separator: "\n").joined(separator: "\n       ")
      Console.error("\(message.prefix(1).lowercased())\(message.dropFirst())\n\(usage)\nSee \(program) --help")
      end(status)
    }
    do {
      let text = command.fullMessage(for: error)
      // Other texts are the version, and scripts for completion.
      let isHelp = text.hasPrefix("OVERVIEW:") && command != BNTool.self
      try Console.print(isHelp ? "\(text)\n\(BNTool.filesHelp)" : text)
      end(0)
    } catch {
      Console.error("\(error)")
      end((ExitStatus(of: error) ?? .inputOutput).rawValue)
    }
  }

  /// Ends the process immediately. All output is already written, and the exit handlers of HDF5's libraries would take time.
  static func end(_ status: Int32) -> Never { _exit(status) }
}
