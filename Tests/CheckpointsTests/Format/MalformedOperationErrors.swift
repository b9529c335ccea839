import Checkpoints

/// The same as `malformedErrors`, but for files with one wrong operation that is not on images.
let operationErrors: [String: (code: CheckpointError.Code, fragment: String)] = [
  "operation-divide-int64.h5": (
    .malformed,
    "/model/graph: node 0 (divide): divide needs floating-point operands, got int64 batch and int64 batch"
  ),
  "operation-negate-int64.h5": (
    .malformed,
    "/model/graph: node 0 (negate): negate needs floating-point operands, got int64 batch"
  ),
  "operation-add-one-operand.h5": (.malformed, "/model/graph: node 0 (add): add takes 2 operands, not 1"),
  "operation-negate-two-operands.h5": (.malformed, "/model/graph: node 0 (negate): negate takes 1 operand, not 2"),
  "operation-add-shapes.h5": (.malformed, "/model/graph: node 0 (add): add: shapes 3 and 2 do not broadcast together"),
  "operation-matrix-product-three-axes.h5": (
    .malformed,
    "/model/graph: node 0 (matrix_product): matrix_product needs (…, k) and (k, n), got float32 2×3 and float32 2×3×4"
  ),
  "operation-matrix-product-vector.h5": (
    .malformed,
    "/model/graph: node 0 (matrix_product): matrix_product needs (…, k) and (k, n), got float32 3 and float32 3×4"
  ),
  "operation-softmax-scalar.h5": (
    .malformed,
    "/model/graph: node 0 (softmax): softmax needs at least one axis, got float32 scalar"
  ),
  "operation-greater-mixed-types.h5": (
    .malformed,
    "/model/graph: node 0 (greater): greater needs operands of the same type, got float32 3 and int64 3"
  ),
  "operation-equal-shapes.h5": (
    .malformed,
    "/model/graph: node 0 (equal): equal: shapes 3 and 2 do not broadcast together"
  ),
  "operation-select-mixed-types.h5": (
    .malformed,
    "/model/graph: node 0 (select): select needs operands of the same type, got float32 3 and float32 3 and int64 3"
  ),
  "operation-select-two-operands.h5": (.malformed, "/model/graph: node 0 (select): select does not take 2 operands"),
  "operation-clip-reversed.h5": (
    .malformed,
    "/model/graph: node 0 (clip): clip needs floating-point numbers and a finite interval, not [2.0, 1.0], got float32 3"
  ),
  "operation-clip-word.h5": (.malformed, "/model/graph: nodes[0]: clip: minimum: a value is text, not a number"),
  "operation-clip-half.h5": (.malformed, "/model/graph: nodes[0]: clip: the key \"maximum\" is missing"),
  "operation-clip-int64.h5": (
    .malformed,
    "/model/graph: node 0 (clip): clip needs floating-point numbers and a finite interval, not [0.0, 1.0], got int64 3"
  ),
  "operation-reduce-axis-past-end.h5": (
    .malformed,
    "/model/graph: node 0 (reduce_sum): reduce_sum cannot reduce axes [2], got float32 batch×3"
  ),
  "operation-reduce-axis-twice.h5": (
    .malformed,
    "/model/graph: node 0 (reduce_mean): reduce_mean cannot reduce axes [0, 0], got float32 batch×3"
  ),
  "operation-reduce-axis-negative.h5": (
    .malformed,
    "/model/graph: node 0 (reduce_sum): reduce_sum cannot reduce axes [-1], got float32 batch×3"
  ),
  "operation-reduce-axes-single.h5": (
    .malformed,
    "/model/graph: nodes[0]: reduce_sum: axes: a value is an integer, not a list"
  ),
  "operation-reduce-keep-missing.h5": (
    .malformed,
    "/model/graph: nodes[0]: reduce_variance: the key \"keep_dimensions\" is missing"
  ),
  "operation-element-count-axis-past-end.h5": (
    .malformed,
    "/model/graph: node 0 (element_count): element_count cannot reduce axes [2], got float32 batch×3"
  ),
  "operation-element-count-axis-twice.h5": (
    .malformed,
    "/model/graph: node 0 (element_count): element_count cannot reduce axes [1, 1], got float32 batch×3"
  ),
  "operation-element-count-axes-missing.h5": (
    .malformed,
    "/model/graph: nodes[0]: element_count: the key \"axes\" is missing"
  ),
  "operation-element-count-float.h5": (
    .malformed,
    "/model/graph: node 0 (element_count): yields int64 scalar, but the graph says float32 scalar"
  ),
  "operation-expand-past-end.h5": (
    .malformed,
    "/model/graph: node 0 (expand_dimensions): expand_dimensions cannot insert axis 4, got float32 batch×3"
  ),
  "operation-slice-axis-past-end.h5": (
    .malformed,
    "/model/graph: node 0 (slice): slice has no axis 2, got float32 batch×3"
  ),
  "operation-slice-start-negative.h5": (
    .malformed,
    "/model/graph: node 0 (slice): slice cannot take 1 elements from element -1 on along axis 1, got float32 batch×3"
  ),
  "operation-slice-count-negative.h5": (
    .malformed,
    "/model/graph: node 0 (slice): slice cannot take -1 elements from element 1 on along axis 1, got float32 batch×3"
  ),
  "operation-slice-count-missing.h5": (.malformed, "/model/graph: nodes[0]: slice: the key \"count\" is missing"),
  "operation-slice-past-end.h5": (
    .malformed,
    "/model/graph: node 0 (slice): slice cannot take 2 elements from element 2 on along axis 1, got float32 batch×3"
  ),
  "operation-slice-overflow.h5": (
    .malformed,
    "/model/graph: node 0 (slice): slice cannot take 9223372036854775807 elements from element 9223372036854775807 on along axis 1, got float32 batch×3"
  ),
  "operation-reverse-past-end.h5": (
    .malformed,
    "/model/graph: node 0 (reverse): reverse has no axis 2, got float32 batch×3"
  ),
  "operation-reshape-other-count.h5": (
    .malformed,
    "/model/graph: node 0 (reshape): reshape cannot replace the extents from axis 1 on by [2, 2], got float32 batch×3"
  ),
  "operation-reshape-keep-past-end.h5": (
    .malformed,
    "/model/graph: node 0 (reshape): reshape cannot keep 5 axes, got float32 batch×3"
  ),
  "operation-reshape-extent-negative.h5": (
    .malformed,
    "/model/graph: node 0 (reshape): reshape cannot replace the extents from axis 1 on by [-1], got float32 batch×3"
  ),
  "operation-reshape-overflow.h5": (
    .malformed,
    "/model/graph: node 0 (reshape): reshape cannot replace the extents from axis 1 on by [1099511627776, 1099511627776], got float32 batch×3"
  ),
  "operation-transpose-axis-missing.h5": (
    .malformed,
    "/model/graph: node 0 (transpose): transpose needs a permutation of all axes, not [0], got float32 batch×3"
  ),
  "operation-transpose-axis-twice.h5": (
    .malformed,
    "/model/graph: node 0 (transpose): transpose needs a permutation of all axes, not [1, 1], got float32 batch×3"
  ),
  "operation-transpose-missing.h5": (
    .malformed,
    "/model/graph: nodes[0]: transpose: the key \"permutation\" is missing"
  ),
  "operation-concatenate-nothing.h5": (
    .malformed,
    "/model/graph: node 0 (concatenate): concatenate does not take 0 operands"
  ),
  "operation-concatenate-past-end.h5": (
    .malformed,
    "/model/graph: node 0 (concatenate): concatenate has no axis 2, got float32 batch×3 and float32 batch×3"
  ),
  "operation-concatenate-other-extent.h5": (
    .malformed,
    "/model/graph: node 0 (concatenate): concatenate needs operands that differ only along axis 0, with known extents along this axis, got float32 2×3 and float32 2×2"
  ),
  "operation-concatenate-other-rank.h5": (
    .malformed,
    "/model/graph: node 0 (concatenate): concatenate needs operands that differ only along axis 0, with known extents along this axis, got float32 2×3 and float32 3"
  ),
  "operation-concatenate-mixed-types.h5": (
    .malformed,
    "/model/graph: node 0 (concatenate): concatenate needs operands that differ only along axis 0, with known extents along this axis, got float32 2×3 and int64 2×3"
  ),
  "operation-stack-other-shape.h5": (
    .malformed,
    "/model/graph: node 0 (stack): stack along axis 0 needs operands of the same type and shape, and an axis from 0 to their rank, got float32 3 and float32 2"
  ),
  "operation-stack-past-end.h5": (
    .malformed,
    "/model/graph: node 0 (stack): stack along axis 3 needs operands of the same type and shape, and an axis from 0 to their rank, got float32 3 and float32 3"
  ),
  "operation-stack-nothing.h5": (.malformed, "/model/graph: node 0 (stack): stack does not take 0 operands"),
  "operation-repeat-like-past-end.h5": (
    .malformed,
    "/model/graph: node 0 (repeat_like): repeat_like has no axis 2, got float32 batch×3"
  ),
  "operation-gather-float-rows.h5": (
    .malformed,
    "/model/graph: node 0 (gather): gather needs int64 indices, and an operand with at least one axis, got float32 3×2 and float32 2"
  ),
  "operation-gather-scalar.h5": (
    .malformed,
    "/model/graph: node 0 (gather): gather needs int64 indices, and an operand with at least one axis, got float32 scalar and int64 2"
  ),
  "operation-take-step-word.h5": (
    .malformed,
    "/model/graph: nodes[0]: take_step: past_end: \"wrap\" is not clamp_to_last or strict"
  ),
  "operation-take-step-scalar.h5": (
    .malformed,
    "/model/graph: node 0 (take_step): take_step needs (time, …) and an int64 scalar, got float32 scalar and int64 scalar"
  ),
  "operation-take-step-vector.h5": (
    .malformed,
    "/model/graph: node 0 (take_step): take_step needs (time, …) and an int64 scalar, got float32 3×2 and int64 1"
  ),
  "operation-pad-low-short.h5": (
    .malformed, "/model/graph: node 0 (pad): pad of float32 batch×3: `low` needs one number for each of 2 axes, not [0]"
  ),
  "operation-pad-high-negative.h5": (
    .malformed,
    "/model/graph: node 0 (pad): pad of float32 batch×3: `high` needs numbers of at least 0, not [0, -1]"
  ),
  "operation-pad-interior-missing.h5": (
    .malformed, "/model/graph: nodes[0]: pad: the key \"interior\" is missing"
  ),
  "operation-pad-value-word.h5": (.malformed, "/model/graph: nodes[0]: pad: value: a value is text, not a number"),
  "operation-pad-value-half.h5": (.malformed, "/model/graph: node 0 (pad): "),
  "operation-pad-symbolic.h5": (
    .malformed,
    "/model/graph: node 0 (pad): pad of float32 batch×3: axis 0 has the symbolic extent batch, and cannot be padded"
  ),
  "operation-pad-overflow.h5": (
    .malformed,
    "/model/graph: node 0 (pad): pad of float32 2×3: an extent of 3 with the padding of axis 1 is too large for this machine"
  ),
]
