import ComputationGraphs

/// The kind of error of files that load and fail in evaluation, and a part of its description. The description names no file.
let evaluationErrors: [String: (code: GraphError.Code, fragment: String)] = [
  "graph-unknown-operation.h5": (
    .unknownOperation, "this version does not know the operation \"fold_origami\", so the graph cannot be evaluated"
  ),
  "operation-overflow.h5": (.evaluation, "/operation.apply: multiply: "),
  "operation-slice-symbolic-past-end.h5": (.evaluation, "/operation.apply: slice: 3 elements from 0 on"),
  "operation-maximum-of-nothing.h5": (.evaluation, "/operation.apply: reduce_maximum: maximum over 0 elements"),
  "operation-reduce-nothing.h5": (
    .evaluation, "/operation.apply: reduce_mean: mean over 0 elements of a tensor of shape 2×0 has no value"
  ),
  "operation-gather-row-past-end.h5": (
    .evaluation, "/operation.apply: gather: row 3 is not within axis 0 of shape 3×2"
  ),
  "operation-gather-row-negative.h5": (
    .evaluation, "/operation.apply: gather: row -1 is not within axis 0 of shape 3×2"
  ),
  "operation-take-step-strict.h5": (
    .timeStep, "/operation.apply: time step 3 is after the last of 3 steps, and the policy past_end is strict"
  ),
  "operation-take-step-negative.h5": (
    .timeStep, "/operation.apply: time step -1 is negative"
  ),
  "operation-take-step-of-none.h5": (
    .timeStep, "/operation.apply: time step 0 is requested, but there are no time steps"
  ),
  "operation-bomb-matrix-product.h5": (
    .evaluation,
    "/operation.apply: matrix_product: this machine has no memory for a float32 tensor of shape 2147483648×2147483648"
  ),
  "operation-bomb-repeat-like.h5": (
    .evaluation,
    "/operation.apply: repeat_like: this machine has no memory for a float32 tensor of shape 1125899906842624"
  ),
  "operation-bomb-reduce-sum.h5": (
    .evaluation,
    "/operation.apply: reduce_sum: this machine has no memory for a float64 tensor of shape 1125899906842624"
  ),
  "operation-bomb-convolution.h5": (
    .evaluation,
    "/operation.apply: convolution: this machine has no memory for a float32 tensor of shape 1×1×2097153×2097153"
  ),
  "operation-bomb-pad.h5": (
    .evaluation,
    "/operation.apply: pad: this machine has no memory for a float32 tensor of shape 1125899906842625"
  ),
  "operation-bomb-max-pool.h5": (
    .evaluation,
    "/operation.apply: max_pool: this machine has no memory for a float32 tensor of shape 1×1×1048576×1048576"
  ),
  "operation-bomb-glimpse.h5": (
    .evaluation,
    "/operation.apply: affine_glimpse: this machine has no memory for a float32 tensor of shape 1×1×2097152×2097152"
  ),
  "loop-no-steps.h5": (
    .shapeMismatch, "/loop.apply: a loop over no steps has no results"
  ),
  "loop-bomb.h5": (
    .shapeMismatch, "/loop.apply: a loop has 1125899906842624 steps; the largest number of steps is 16777216"
  ),
]
