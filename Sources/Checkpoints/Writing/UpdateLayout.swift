import ComputationGraphs
import Names
import PopulationStatistics
import Tensors

/// The datasets of stacked update pairs (schemas/STATISTICS.md), without their elements.
struct UpdateLayout {
  /// The datasets. Their digests are not known yet.
  private(set) var tensors: [Contents.Entry] = []
  /// The minibatches and groups; nil if there are no pairs.
  let updates: Contents.Updates?

  init(_ collection: some UpdateCollection) {
    let forms = collection.forms
    let (minibatches, numbers) = collection.minibatches.pruned(to: forms.lazy.map(\.minibatches))
    var groups: [Contents.Updates.Group] = []
    for form in forms {
      var group = form.group
      group.batches = form.minibatches.map { numbers[$0] }
      groups.append(group)
      tensors += form.entries
    }
    updates = groups.isEmpty ? nil : Contents.Updates(batches: minibatches, groups: groups.sorted { $0.path < $1.path })
  }
}

extension UpdateStack.Form {
  /// The path of the group.
  var groupPath: Name { "/\(Format.updatesRoot)\(brick)/\(application)" }

  /// The group without its minibatches, whose numbers are not known yet.
  fileprivate var group: Contents.Updates.Group {
    Contents.Updates.Group(
      path: groupPath, brick: brick, application: application, epsilon: epsilon, timeSteps: hasTimeSteps, batches: [])
  }

  /// The datasets of the group, without digests.
  fileprivate var entries: [Contents.Entry] {
    let leadingShape = [minibatches.count] + (hasTimeSteps ? [stepCount] : [])
    let leadingAxes = group.leadingAxes
    let axes = leadingAxes + TensorDescription.exampleAxes(exampleShape.rank)
    func entry(_ member: Contents.Updates.Member) -> Contents.Entry {
      let isCount = member == .counts
      return Contents.Entry(
        path: "\(groupPath)/\(member.rawValue)", type: isCount ? .int64 : scalarType,
        shape: leadingShape + (isCount ? [] : exampleShape.dimensions), role: member.role.name, brick: brick,
        axes: isCount ? leadingAxes : axes, broadcastable: nil, digest: .pending, statistic: nil)
    }
    return [entry(.counts)] + (hasMean ? [entry(.mean)] : [])
      + (hasStandardDeviation ? [entry(.standardDeviation)] : [])
  }
}
