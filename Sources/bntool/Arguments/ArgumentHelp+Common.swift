import ArgumentParser

/// The help of arguments and options that several commands have.
extension ArgumentHelp {
  /// The argument for a model.
  static var model: ArgumentHelp { "The model's checkpoint." }

  /// The argument for an array of examples.
  static var data: ArgumentHelp { "The data: FILE.h5:DATASET, FILE.npy or FILE.npz:MEMBER." }

  /// The option `--output` of commands that write a checkpoint.
  static var checkpointToWrite: ArgumentHelp { ArgumentHelp("The checkpoint to write.", valueName: "file") }

  /// The option `--output` of commands that write update pairs.
  static var pairsToWrite: ArgumentHelp { ArgumentHelp("The file of update pairs to write.", valueName: "file") }
}
