import ComputationGraphs
import Messages

/// The report of `init`. schemas/init.schema.json describes its JSON.
struct InitReport: Report {
  let parameters: Int
  let tensors: Int
  let statistics: Int
  let output: String

  init(_ model: Model, output: String) {
    let own = model.tensors.filter { $0.key.collection == .parameters }
    parameters = own.values.reduce(0) { $0 + $1.shape.elementCount }
    tensors = own.count
    statistics = model.origins.count
    self.output = output
  }

  var lines: [String] {
    [
      "\(counted(parameters, "parameter")) in \(counted(tensors, "tensor")) · "
        + counted(statistics, "population statistic") + (statistics == 0 ? "" : ", never estimated")
    ] + OutputFile.note(output)
  }
}
