import ComputationGraphs
import Testing

@Suite struct RoleTests {
  /// Every built-in role with its parent, as the specification's tree draws it.
  private static let tree: [(role: Role, name: Name, parent: Role?)] = [
    (.variable, "VARIABLE", nil), (.input, "INPUT", .variable), (.output, "OUTPUT", .variable),
    (.cost, "COST", .variable), (.auxiliary, "AUXILIARY", .variable), (.dropout, "DROPOUT", .variable),
    (.collected, "COLLECTED", .variable), (.persistent, "PERSISTENT", .variable),
    (.parameter, "PARAMETER", .persistent), (.weight, "WEIGHT", .parameter), (.filter, "FILTER", .weight),
    (.bias, "BIAS", .parameter), (.batchNormalizationShift, "BATCH_NORM_SHIFT_PARAMETER", .bias),
    (.initialState, "INITIAL_STATE", .parameter), (.collector, "COLLECTOR", .parameter),
    (.batchNormalizationScale, "BATCH_NORM_SCALE_PARAMETER", .parameter),
    (.populationStatistics, "BATCH_NORM_POPULATION_STATISTICS", .persistent),
    (.populationMean, "BATCH_NORM_POPULATION_MEAN", .populationStatistics),
    (.populationStandardDeviation, "BATCH_NORM_POPULATION_STDEV", .populationStatistics),
    (.algorithmState, "ALGORITHM_STATE", .variable),
    (.algorithmHyperparameter, "ALGORITHM_HYPERPARAMETER", .algorithmState),
    (.algorithmBuffer, "ALGORITHM_BUFFER", .algorithmState),
    (.batchNormalizationVariable, "BATCH_NORM_GRAPH_VARIABLE", .variable),
    (.batchNormalizationOffset, "BATCH_NORM_OFFSET", .batchNormalizationVariable),
    (.batchNormalizationDivisor, "BATCH_NORM_DIVISOR", .batchNormalizationVariable),
    (.batchNormalizationMinibatchEstimate, "BATCH_NORM_MINIBATCH_ESTIMATE", .batchNormalizationVariable),
  ]

  @Test("the built-in roles form the specified tree") func builtInTree() {
    for (role, name, parent) in Self.tree {
      #expect(role.name == name)
      #expect(role.parent == parent, "\(name)")
    }
    #expect(Set(Role.builtIn) == Set(Self.tree.map(\.role)))
    #expect(Role.builtIn.count == Self.tree.count)
  }

  @Test("a role refines itself and its ancestors, and nothing else") func refines() {
    for (role, name, _) in Self.tree {
      let ancestors = Set(role.lineage)
      for (other, otherName, _) in Self.tree {
        #expect(role.refines(other) == ancestors.contains(otherName), "\(name) and \(otherName)")
      }
    }
  }

  @Test("the scale of batch normalization is a parameter, but not a weight") func scale() {
    #expect(Role.batchNormalizationScale.refines(.parameter))
    #expect(!Role.batchNormalizationScale.refines(.weight))
    #expect(Role.batchNormalizationShift.refines(.bias))
    #expect(!Role.populationMean.refines(.parameter))
    #expect(Role.populationMean.refines(.persistent))
  }

  @Test("a user's role is part of the tree") func userDefined() {
    let attention = Role("ATTENTION_WEIGHT", refining: .weight)
    #expect(attention.refines(.parameter))
    #expect(!attention.refines(.filter))
    #expect(!Role.weight.refines(attention))
    #expect(attention.parent == .weight)
    #expect("\(attention)" == "ATTENTION_WEIGHT")
  }

  @Test("adding a role drops its ancestors") func ancestorsGo() {
    var roles: RoleSet = [.variable, .parameter, .auxiliary]
    roles.insert(.weight)
    #expect(roles.roles == [.auxiliary, .weight])
  }

  @Test("adding a role does nothing if a descendant is present") func descendantsStay() {
    var roles: RoleSet = [.filter]
    roles.insert(.weight)
    roles.insert(.parameter)
    roles.insert(.filter)
    #expect(roles.roles == [.filter])
    #expect(roles.contains(refining: .persistent))
    #expect(!roles.contains(refining: .bias))
  }

  @Test("a set of roles does not depend on the order of insertion") func order() {
    let all = Self.tree.map(\.role)
    #expect(RoleSet(all) == RoleSet(all.reversed()))
    let leaves = RoleSet(all).roles
    #expect(leaves.map(\.name) == leaves.map(\.name).sorted())
    #expect(leaves.allSatisfy { leaf in !all.contains { $0 != leaf && $0.refines(leaf) } })
  }

  @Test("a set of roles says which kind of saved value it is") func collections() {
    #expect(TensorPath.Collection([.filter]) == .parameters)
    #expect(TensorPath.Collection([.batchNormalizationShift, .input]) == .parameters)
    #expect(TensorPath.Collection([.populationStandardDeviation]) == .statistics)
    #expect(TensorPath.Collection([Role("CLOCK", refining: .persistent)]) == .persistent)
    #expect(TensorPath.Collection([.input, .algorithmBuffer]) == nil)
  }
}
