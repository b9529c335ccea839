// A brick of your own is saved, and its graph is run again without the code of the brick: swift run residual-example OUTPUT.h5

import Bricks
import Checkpoints
import Foundation

/// The brick x + f(x). Its stored properties are its configuration, and `apply` reads like the formula.
struct Residual: Brick {
  var name = "residual"
  var inner: AnyBrick

  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    try input + scope.apply(inner.brick, to: input)
  }
}

guard CommandLine.arguments.count == 2 else {
  print("usage: residual-example OUTPUT.h5")
  exit(64)
}
let output = CommandLine.arguments[1]

do {
  let network = Residual(
    inner: AnyBrick(Sequential([Linear(3, 3, weightsInitialization: .identity(1)), BatchNormalization(), Rectifier()])))
  let model = try Model(network, input: .features(3), seed: 7)
  try model.save(to: output)

  let features = try Tensor([1, -2, 3] as [Float], shape: [1, 3])
  print("\(features.doubles) → \(try model(features).doubles)")

  // The file has the traced graph, so that the model can run without the code above …
  let loaded = try Model(checkpoint: output)
  print("the loaded model gives the same output: \(try loaded(features) == model(features))")
  print("parameters: \(loaded.tensors.keys.filter { $0.collection == .parameters }.map(\.description).sorted())")

  // … and the brick's configuration. A program that has the type can make the brick again.
  var registry = BrickRegistry.standard
  print("the standard registry can make the brick: \((try? registry.brick(loaded.bricks[0])) != nil)")
  registry.register(Residual.self)
  let again = try registry.brick(loaded.bricks[0]) as? Residual
  print("the brick that is made again is equal: \(again == network)")
} catch {
  print(error)
  exit(1)
}
