import ComputationGraphs
import Tensors

extension GraphOperation {
  /// The sum, mean or variance over axes without a mask; nil for other operations.
  var precisely: (reduction: Reduction, axes: [Int])? {
    guard case .reduce(let reduction, let axes, _) = self, [.sum, .mean, .variance].contains(reduction) else {
      return nil
    }
    return (reduction, axes)
  }
}

extension Lowering {
  /// A sum, mean or variance in double precision. A variance reuses the mean of the same numbers if it was already computed.
  func preciseReduction(
    _ reduction: GraphOperation.Reduction, _ axes: [Int], of operand: ArrayView, _ dimensions: [Int]
  ) throws -> PreciseView {
    let count = axes.reduce(1) { $0 * operand.dimensions[$1] }
    guard count > 0 else { throw Unplannable() }
    let place = Reduced(operand: operand, axes: axes.sorted())
    if reduction == .mean, let means = preciseMeans[place] {
      return PreciseView(floats: means.floats, dimensions: dimensions)
    }
    var summand = PreciseReduction.Summand.elements
    if reduction == .variance {
      summand = .squaredDeviations(from: try preciseReduction(.mean, axes, of: operand, dimensions))
    }
    let result = try table.preciseScratch(dimensions)
    emit(
      PreciseReduction(
        summand, over: axes, of: operand, dividedBy: reduction == .sum ? 1 : Double(count), to: result))
    if reduction == .mean { preciseMeans[place] = result }
    return result
  }

  /// Numbers in double precision, rounded to single precision.
  func narrowed(_ view: PreciseView) throws -> ArrayView {
    let result = try table.scratch(view.dimensions)
    emit(Narrowing(source: view, result: result))
    return result
  }

  /// The result of an operation in double precision.
  func precise(
    _ operation: GraphOperation, _ operands: [PreciseOperation.Operand], _ dimensions: [Int]
  ) throws -> PreciseView {
    let result = try table.preciseScratch(dimensions)
    emit(PreciseOperation(operation: operation, operands: operands, result: result))
    return result
  }

  /// A value in single precision as an operand of an operation in double precision.
  func preciseOperand(_ value: Value, of variable: Graph.Variable) throws -> PreciseOperation.Operand {
    guard case .known(let tensor) = value else { return .single(try contiguous(view(value))) }
    if case .constant(let number) = variable.source {
      return .known(try Tensor(repeating: number, shape: tensor.shape, type: .float64))
    }
    return .known(try tensor.converted(to: .float64))
  }
}

extension Graph {
  /// Checks that the normalizations in training mode have enough observations, and statistics for their time steps.
  ///
  /// - Parameters:
  ///   - types: The types of all variables, with known extents.
  ///   - steps: Returns the known numbers of a variable of time steps.
  /// - Throws: `Unplannable` if the check fails, or if a normalization has a mask. The interpreter then evaluates the graph or
  ///   explains the fault.
  func checkTraining(types: [VariableType], steps: (Int) throws -> Tensor) throws {
    for call in calls {
      guard let normalization = call.normalization, normalization.isTraining else { continue }
      let extents = types[normalization.input].fixedDimensions
      guard normalization.mask == nil, normalization.axes.reduce(1, { $0 * extents[$1] }) >= 2 else {
        throw Unplannable()
      }
      guard let step = normalization.step else { continue }
      let population = variables.first { variable in
        if case .tensor(let path) = variable.source { path == normalization.populationMean } else { false }
      }
      guard let stepCount = population?.type.shape.first?.fixed, stepCount > 0,
        case .int64(let numbers) = try steps(step).storage
      else { throw Unplannable() }
      let isAllowed = numbers.allSatisfy { $0 >= 0 && (normalization.pastEnd != .strict || $0 < stepCount) }
      guard isAllowed else { throw Unplannable() }
    }
  }
}
