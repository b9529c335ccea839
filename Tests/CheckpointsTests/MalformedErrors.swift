import Checkpoints

let malformedErrors: [String: (code: CheckpointError.Code, fragment: String)] = [:]
