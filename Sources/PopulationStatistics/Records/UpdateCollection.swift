import Names
import Tensors

/// Update records that come stack by stack, so that no more than one stack's values need be in memory.
public protocol UpdateCollection: Sendable {
  /// The minibatches in the order of recording. Forms name them by their numbers here.
  var minibatches: [Minibatch] { get }
  /// What the stacks look like, in ascending order of brick and application. None is without rows.
  var forms: [UpdateStack.Form] { get }
  /// The records that a form describes.
  ///
  /// Every call returns the same records.
  ///
  /// - Throws: An error of reading.
  func stack(at index: Int) throws -> UpdateStack
}

extension UpdateCollection {
  /// Whether there is no record.
  public var isEmpty: Bool { forms.isEmpty }

  /// The paths of the bricks, in ascending order of their bytes.
  public var bricks: [Name] {
    var bricks: [Name] = []
    for form in forms where bricks.last != form.brick { bricks.append(form.brick) }
    return bricks
  }

  /// The parameters digests that occur, each once, unknown (nil) first.
  ///
  /// More than one says that the records do not belong to one state of the model.
  public var parametersDigests: [Digest?] {
    minibatches.pruned(to: forms.lazy.map(\.minibatches)).minibatches.parametersDigests
  }

  /// The records of one brick; none for a brick that is not among `bricks`.
  ///
  /// - Throws: As `stack(at:)`.
  public func updates(of brick: Name) throws -> UpdateSet {
    UpdateSet(
      checked: minibatches, try forms.indices.filter { forms[$0].brick == brick }.map { try stack(at: $0) })
  }
}
