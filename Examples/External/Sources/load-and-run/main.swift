// Loads a checkpoint and runs it, without the code of its bricks: load-and-run MODEL.h5

import Checkpoints

var model = try Model(checkpoint: CommandLine.arguments[1])
for statistic in model.statistics {
  print("statistic: \(statistic.path) \(statistic.value), \(statistic.state)")
}
let input = try Tensor([4, 3, 6, 5] as [Float], shape: [2, 2])
print("output:", try model(input))

// Another value of a parameter and of a statistic.
try model.set("/sequence/linear.b", to: Tensor([1, 1] as [Float], shape: [2]))
try model.setStatistic("/sequence/batchnormalization.population_stdev", to: [0.5, 2], observations: 4)
print("changed:", try model(input))
print("float64:", try model.converted(to: .float64)(input.converted(to: .float64)))
