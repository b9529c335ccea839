import Checkpoints

/// The kind of error for refused files of `fixtures/malformed` with rules of all pages, and a part of the description.
let ruleErrors: [String: (code: CheckpointError.Code, fragment: String)] = [
  "text-not-utf8.h5": (.damaged, "/model/bricks: holds text that is not valid UTF-8"),
  "text-with-nul.h5": (.malformed, "is not MAJOR.MINOR"),
  "document-is-group.h5": (.malformed, "/model/bricks: the document is missing"),
  "document-in-array.h5": (.malformed, "/model/bricks: is not a scalar dataset of one string"),
  "key-twice.h5": (.malformed, "the key \"x\""),
  "text-after-object.h5": (.malformed, "text follows the value"),
  "levels-513.h5": (.malformed, "more than 512 levels"),
  "integer-with-point.h5": (.malformed, "/contents: tensors[2]: shape[0]: a value is a number, not an integer"),
  "integer-with-exponent.h5": (.malformed, "statistic: records: a value is a number, not an integer"),
  "brick-type-empty.h5": (.malformed, "bricks[0]: children[0]: type: the text is empty"),
  "operation-empty.h5": (.malformed, "nodes[0]: operation: the text is empty"),
  "number-too-large.h5": (.malformed, "the number 1e400 is too large"),
  "number-not-a-number.h5": (.malformed, "a value is missing or malformed"),
  "lone-surrogate.h5": (.malformed, "half of a surrogate pair"),
  "lone-surrogate-in-graph.h5": (.malformed, "/model/graph: is not valid JSON: half of a surrogate pair"),
  "null-role.h5": (.malformed, "the key \"role\" is missing"),
  "must-understand-scalar.h5": (.unsupported, "needs extensions that this version does not know: sparse-weights"),
  "soft-link-to-document.h5": (.refused, "/model/graph: is a link of kind"),
  "soft-link-beside.h5": (.refused, "/parameters/net/linear/alias: is a link of the kind"),
  "committed-type.h5": (.damaged, "/parameters/net/linear/kind: is neither a group nor a dataset"),
  "document-outside.h5": (.refused, "/model/bricks: keeps its elements in external files"),
  "documents-unordered.h5": (.malformed, "/contents: lists /model/bricks after /model/graph"),
  "update-pairs-with-parameters.h5": (.malformed, "/contents: lists parameters or statistics"),
  "update-pairs-with-graph.h5": (.malformed, "/contents: lists the document /model/graph"),
  "update-pairs-with-digest.h5": (.malformed, "/contents: has a parameters_digest"),
  "broadcastable-missing-one.h5": (.malformed, "/parameters/net/linear/W: has 1 broadcastable flag"),
  "shape-resized.h5": (
    .damaged, "/parameters/net/linear/W: has the shape [4, 2], but the table of contents says [3, 2]"
  ),
  "attribute-digest-number.h5": (.malformed, "/parameters/net/linear/W: the attribute \"digest\" is of type int64"),
  "two-missing.h5": (.damaged, "2 problems"),
  "name-with-c1-control.h5": (.malformed, "contains a control character"),
  "axis-with-slash.h5": (.malformed, "the name \"in/put\" contains \"/\""),
  "axis-empty.h5": (.malformed, "/parameters/net/linear/W: has an axis without a usable name"),
  "source-twice.h5": (.malformed, "/model/graph: variables[0]: source:"),
  "source-unknown.h5": (.malformed, "a variable's source must be one of input, tensor and constant"),
  "input-by-other-name.h5": (.malformed, "/model/graph: input \"images\" names variable 0"),
  "input-unlisted.h5": (.malformed, "/model/graph: variable 16 is fed by \"lost\""),
  "constant-vector.h5": (.malformed, "/model/graph: variable 16 is a constant"),
  "role-of-another.h5": (.malformed, "/parameters/net/linear/W: has the role BIAS"),
  "tensor-of-open-shape.h5": (.malformed, "/model/graph: node 0 (matrix_product)"),
  "role-built-in.h5": (.malformed, "the role WEIGHT is built in"),
  "role-65-deep.h5": (.malformed, "the role W60 is more than 64 levels deep"),
  "training-mode.h5": (.malformed, "/model/graph: /net/activation/bn.apply normalizes in training mode"),
  "axes-twice.h5": (.malformed, "/net/activation/bn normalizes over axes [0, 0]"),
  "axes-past-end.h5": (.malformed, "/net/activation/bn normalizes over axes [0, 2]"),
  "offset-of-other-shape.h5": (
    .malformed, "the offset of call 3 of /net/activation/bn is float32 1×2, not float32 1×1"
  ),
  "shapes-differ.h5": (.malformed, "the divisor of call 3 of /net/activation/bn is float32 1×1, not float32 1×2"),
  "updates-sequence-negative.h5": (.malformed, "the sequence number -1; it must be at least 0"),
  "updates-group-twice.h5": (
    .malformed, "/updates/net/activation/bn/apply: groups of update pairs are not in ascending order"
  ),
  "updates-types-differ.h5": (.malformed, "/updates/net/activation/bn/apply: the types or shapes of its datasets"),
  "updates-epsilons-of-brick.h5": (.malformed, "/net/activation/bn: epsilon 0.0001 and epsilon 0.5"),
  "operation-concatenate-symbolic.h5": (.malformed, "/model/graph: node 0 (concatenate)"),
  "operation-reshape-symbolic.h5": (.malformed, "/model/graph: node 0 (reshape)"),
  "operation-convolution-symbolic-height.h5": (.malformed, "needs known extents on every axis but the first"),
  "operation-convolution-symbolic-filters.h5": (.malformed, "needs filters of known extents"),
  "operation-max-pool-symbolic-width.h5": (.malformed, "needs known extents on every axis but the first"),
  "loop-symbol-of-its-own.h5": (.malformed, "input \"x\" of a scan's body is float32 rows×2"),
  "loop-sequences-of-two-lengths.h5": (.malformed, "sequence \"k\" of a scan has other steps"),
  "format-in-array.h5": (.malformed, "has an array as attribute \"format\", not one string"),
  "empty-group.h5": (.damaged, "is a group, but the table of contents lists no tensor in it"),
  "filter-fletcher32.h5": (
    .refused,
    "/parameters/net/linear/W: is stored with the filter fletcher32 (HDF5 filter 3); checkpoints may use only shuffle"
  ),
  "unwritten.h5": (.damaged, "/parameters/net/linear/W: was never written completely"),
  "half-written.h5": (.damaged, "/parameters/net/linear/W: was never written completely"),
  "half-written-deflated.h5": (.damaged, "/parameters/net/linear/W: was never written completely"),
  "document-in-tensor-group.h5": (
    .malformed, "/contents: lists the document /persistent/net/linear/notes, in a group of tensors"
  ),
  "name-with-line-feed.h5": (.malformed, "contains a control character"),
  "constant-fraction.h5": (.malformed, "source: constant: a value is a number, not an integer"),
  "constant-with-point.h5": (.malformed, "source: constant: a value is a number, not an integer"),
  "constant-not-a-number.h5": (.malformed, "source: constant: a value is text, not an integer"),
  "constant-too-large.h5": (.malformed, "the int64 constant 9007199254740993 is larger than 2⁵³"),
  "extent-without-name.h5": (.malformed, "variable 0 has an extent without a usable name"),
  "extent-with-slash.h5": (.malformed, "the name \"a/b\" contains \"/\""),
  "roles-of-two-groups.h5": (.malformed, "variable 1 is read from /parameters/net/linear/W, but its roles"),
  "mean-is-stdev.h5": (
    .malformed, "names /statistics/net/activation/bn/population_stdev for the role BATCH_NORM_POPULATION_MEAN"
  ),
  "stdev-is-mean.h5": (.malformed, "as its mean and as its standard deviation"),
  "mean-is-parameter.h5": (
    .malformed, "names /parameters/net/activation/bn/batch_norm_scale, which is not a statistic of its brick"
  ),
  "mean-of-other-brick.h5": (
    .malformed,
    "call 3 of /net names /statistics/net/activation/bn/population_mean, which is not a statistic of its brick"
  ),
  "two-means-of-one-brick.h5": (.malformed, "the calls of this brick use different population means"),
  "offset-and-divisor-swapped.h5": (
    .malformed, "variable 7, is not read from /statistics/net/activation/bn/population_mean"
  ),
  "offset-of-parameter.h5": (.malformed, "variable 4, is not read from /statistics/net/activation/bn/population_mean"),
  "offset-computed.h5": (.malformed, "variable 4, is not read from /statistics/net/activation/bn/population_mean"),
  "step-of-another.h5": (.malformed, "population_mean at the time step, variable 19"),
  "step-without-time.h5": (.malformed, "2 problems"),
  "time-without-step.h5": (.malformed, "2 problems"),
  "estimator-empty.h5": (.malformed, "/statistics/net/activation/bn/population_mean: names no estimator"),
  "digest-missing.h5": (.malformed, "statistic: the key \"parameters_digest\" is missing"),
  "updates-batch-without-name.h5": (.malformed, "/contents: lists a minibatch without a name"),
  "updates-batch-without-digest.h5": (.malformed, "batches[1]: the key \"parameters_digest\" is missing"),
  "updates-no-time-steps.h5": (.malformed, "/updates/net/activation/bn/apply: has records without time steps"),
  "operation-add-symbols-by-bytes.h5": (.malformed, "node 0 (add): add: shapes"),
  "loop-update-name-of-state.h5": (.malformed, "the body of a scan has an output \"update_0\"; rename it"),
  "loop-update-name-unused.h5": (.malformed, "the body of a scan has an output \"update_0\"; rename it"),
  "loop-role-in-body.h5": (.malformed, "has the role WEIGHT, but the graph gives it another role"),
  "loop-role-of-two-parents.h5": (.malformed, "two roles are named "),
]
