import Names
import Tensors

/// A collection of update records that is read stack by stack. So memory holds the values of only one stack.
public protocol UpdateCollection: Sendable {
  /// The minibatches in the order of recording. Forms refer to minibatches by their indices in this list.
  var minibatches: [Minibatch] { get }
  /// The forms of the stacks, in ascending order of brick and application. Every stack has rows.
  var forms: [UpdateStack.Form] { get }
  /// The records that a form describes.
  ///
  /// Every call returns the same records.
  ///
  /// - Throws: An error of reading.
  func stack(at index: Int) throws -> UpdateStack
  /// The records that a form describes, in blocks, with only some statistics.
  ///
  /// - Throws: An error of reading.
  func rows(of index: Int, keeping statistics: Set<UpdateSet.Statistic>) throws -> any UpdateRows
}

extension UpdateCollection {
  /// Whether there are no records.
  public var isEmpty: Bool { forms.isEmpty }

  /// The paths of the bricks, in ascending order of their bytes.
  public var bricks: [Name] {
    var bricks: [Name] = []
    for form in forms where bricks.last != form.brick { bricks.append(form.brick) }
    return bricks
  }

  /// The different digests of parameters, with an unknown digest (nil) first.
  ///
  /// With several digests, the records do not belong to one state of the model.
  public var parametersDigests: [Digest?] {
    minibatches.pruned(to: forms.lazy.map(\.minibatches)).minibatches.parametersDigests
  }

  /// The records of one brick. The set is empty for a brick that is not among `bricks`.
  ///
  /// - Throws: The errors of `stack(at:)`.
  public func updates(of brick: Name) throws -> UpdateSet {
    UpdateSet(
      checked: minibatches, try forms.indices.filter { forms[$0].brick == brick }.map { try stack(at: $0) })
  }
}
