import Checkpoints

/// The kind of error for each refused file of `fixtures/malformed`, and the description after the file's name.
let malformedErrors: [String: (code: CheckpointError.Code, fragment: String)] = [
  "mutant-brick-no-path.h5": (
    .malformed, "/model/graph: variables[2]: brick: \"x\" is not the path of a brick; write it like /mlp/linear_0"
  ),
  "mutant-attributes-missing.h5": (.malformed, "/model/graph: nodes[0]: the key \"attributes\" is missing"),
  "mutant-application-empty.h5": (
    .malformed, "/model/graph: calls[0]: application: a brick or tensor has an empty name"
  ),
  "mutant-application-slash.h5": (
    .malformed,
    "/model/graph: calls[0]: application: the name \"/\" contains \"/\", which names in files and paths cannot contain"
  ),
  "not-hdf5.h5": (.notACheckpoint, "is not an HDF5 file"),
  "empty.h5": (.notACheckpoint, "is empty, not an HDF5 file"),
  "truncated.h5": (.damaged, "ends after 7423 bytes, before its contents do: it was cut or not completely written"),
  "damaged-superblock.h5": (.damaged, "the superblock at byte 0 does not match its checksum"),
  "no-checkpoint.h5": (.notACheckpoint, "is HDF5, but not a checkpoint: it has no attribute \"format\""),
  "wrong-format.h5": (.notACheckpoint, "is HDF5 of the format \"another checkpoint\", not a checkpoint"),
  "format-is-a-number.h5": (.malformed, "the attribute \"format\" is of type"),
  "other-major-version.h5": (
    .unsupported, "has format version 2.0; this version reads 1.x only: read it with the program that wrote"
  ),
  "version-is-a-word.h5": (.malformed, "the format version \"one\" is not MAJOR.MINOR"),
  "unknown-must-understand.h5": (.unsupported, "needs extensions that this version does not know: sparse-weights"),
  "kind-banana.h5": (.unsupported, "is of the unknown kind \"banana\""),
  "kind-disagrees.h5": (
    .damaged, "/contents: has the kind model and version 1.0, but the root attributes say update_pairs, 1.0"
  ),
  "version-disagrees.h5": (
    .damaged, "/contents: has the kind model and version 1.1, but the root attributes say model, 1.0"
  ),
  "contents-missing.h5": (.malformed, "/contents: the document is missing or not a dataset; the file is incomplete"),
  "contents-not-json.h5": (.malformed, "/contents: is not valid JSON: a value is missing or malformed, at line 1"),
  "contents-is-a-list.h5": (.malformed, "/contents: a value is a list, not an object"),
  "contents-wrong-digest.h5": (
    .damaged, "/contents: its digest is aae64be4…, but the file's content_digest is 00000000…: the file"
  ),
  "content-digest-missing.h5": (.malformed, "is incomplete: it has no attribute \"content_digest\""),
  "contents-nested.h5": (.malformed, "/contents: is not valid JSON: objects and lists are nested more than 512 levels"),
  "soft-link.h5": (
    .refused, "/parameters/net/linear/W: is a link of the kind \"soft\"; a checkpoint must contain its data"
  ),
  "external-link.h5": (
    .refused, "/parameters/net/linear/W: is a link of the kind \"external\"; a checkpoint must contain its data"
  ),
  "external-storage.h5": (
    .refused, "/parameters/net/linear/W: keeps its elements in external files; copy them into this one"
  ),
  "virtual-dataset.h5": (
    .refused, "/parameters/net/linear/W: is a virtual dataset, whose elements are in other files; copy"
  ),
  "filter-lzf.h5": (
    .refused, "/parameters/net/linear/W: is stored with LZF (HDF5 filter 32000), which is not supported"
  ),
  "group-cycle.h5": (.damaged, "/parameters/net/loop: is a group, but the table of contents lists no tensor in it"),
  "group-for-dataset.h5": (.damaged, "/parameters/net/linear/W: is in the table of contents, but not in the file"),
  "null-dataspace.h5": (.damaged, "/parameters/net/linear/W: has the shape [0], but the table of contents says [3, 2]"),
  "shape-bomb.h5": (
    .malformed, "/model/graph: node 0 (matrix_product): yields float32 batch×1099511627776, but the graph says"
  ),
  "shape-bomb-chunked.h5": (
    .malformed, "/model/graph: node 0 (matrix_product): yields float32 batch×1099511627776, but the graph says"
  ),
  "type-float16.h5": (
    .damaged, "/parameters/net/linear/W: has the type float16, but the table of contents says float32"
  ),
  "type-float64.h5": (
    .damaged, "/parameters/net/linear/W: has the type float64, but the table of contents says float32"
  ),
  "type-big-endian.h5": (
    .damaged, "/parameters/net/linear/W: has the type float32 big-endian, but the table of contents says float32"
  ),
  "type-int32.h5": (.damaged, "/parameters/net/linear/W: has the type int32, but the table of contents says float32"),
  "type-string.h5": (.damaged, "/parameters/net/linear/W: has the type text, but the table of contents says float32"),
  "wrong-shape.h5": (.damaged, "/parameters/net/linear/W: has the shape [2, 3], but the table of contents says [3, 2]"),
  "flipped-bit.h5": (.damaged, "/parameters/net/linear/W: digest does not match its data (read 076a83b0…, recorded"),
  "missing-parameter.h5": (.damaged, "/parameters/net/linear/W: is in the table of contents, but not in the file"),
  "missing-statistic.h5": (
    .damaged, "/statistics/net/activation/bn/population_stdev: is in the table of contents, but not in"
  ),
  "extra-dataset-in-parameters.h5": (
    .damaged, "/parameters/net/linear/extra: is in the file, but not in the table of contents"
  ),
  "extra-dataset-in-statistics.h5": (
    .damaged, "/statistics/net/activation/bn/population_mean_extra: is in the file, but not in the table of contents"
  ),
  "name-with-dot.h5": (
    .malformed, "/parameters/net/lin.ear/W: the name \"lin.ear\" contains \".\", which names in"
  ),
  "name-with-bar.h5": (
    .malformed, "/parameters/net/lin|ear/W: the name \"lin|ear\" contains \"|\", which names in"
  ),
  "name-with-control.h5": (
    .malformed, "/parameters/net/lin\\u{07}ear/W: the name \"lin\\u{07}ear\" contains a control character,"
  ),
  "name-with-slash.h5": (
    .malformed,
    "/model/bricks: /net: the name \"lin/ear\" contains \"/\", which names in files and paths cannot contain;"
  ),
  "name-empty.h5": (.malformed, "/model/bricks: /net: a brick or tensor has an empty name"),
  "name-of-sibling.h5": (
    .malformed, "/model/bricks: /net: two bricks are named \"activation\"; rename one of them"
  ),
  "path-climbs.h5": (
    .malformed, "/parameters/net/../W: the name \"..\" contains \".\", which names in files and"
  ),
  "path-outside.h5": (
    .malformed, "/elsewhere/W: \"/elsewhere/W\" is not a tensor path such as /parameters/mlp/linear_0/W"
  ),
  "path-of-other-brick.h5": (
    .malformed, "/parameters/net/linear/W: is in the brick /net/linear, but the table of contents says /net"
  ),
  "role-in-wrong-group.h5": (
    .malformed, "/persistent/net/linear/W: has the role WEIGHT, which does not belong under /persistent"
  ),
  "user-role-in-wrong-group.h5": (
    .malformed, "/model/graph: variable 1 is read from /persistent/net/linear/W, but its roles do not fit"
  ),
  "table-unordered.h5": (.malformed, "/contents: lists /parameters/net/activation/bn/batch_norm_scale after"),
  "table-twice.h5": (.malformed, "/contents: lists /parameters/net/activation/bn/batch_norm_scale twice"),
  "table-without-role.h5": (.malformed, "/contents: tensors[2]: the key \"role\" is missing"),
  "table-without-statistic.h5": (
    .malformed,
    "/statistics/net/activation/bn/population_mean: is a statistic without an origin in the table of contents"
  ),
  "table-wrong-digest.h5": (
    .damaged, "/parameters/net/linear/W: has the attribute digest \"47748903b080bc5b8078b1508eb976b3\","
  ),
  "table-digest-in-capitals.h5": (
    .malformed, "/contents: tensors[2]: digest: a value is not a digest of 32 lower-case hexadecimal"
  ),
  "table-unknown-type.h5": (
    .malformed, "/parameters/net/linear/W: is int32; tensors must be float16, bfloat16, float32, float64 or int64"
  ),
  "table-negative-extent.h5": (.malformed, "/parameters/net/linear/W: shape [-3, 2] has a negative extent"),
  "table-fractional-extent.h5": (.malformed, "/contents: tensors[2]: shape[1]: a value is a number, not an integer"),
  "table-huge-extent.h5": (
    .malformed, "/parameters/net/linear/W: shape [3, 4611686018427387904] has more elements than this"
  ),
  "table-overflowing-shape.h5": (
    .malformed, "/parameters/net/linear/W: shape [4294967296, 4294967296] has more elements than this"
  ),
  "table-extent-of-30-digits.h5": (.malformed, "/contents: tensors[2]: shape[1]: a value is a number, not an integer"),
  "table-axes-missing-one.h5": (.malformed, "/parameters/net/linear/W: names 1 axes for the shape [3, 2]"),
  "table-broadcast-extent.h5": (
    .malformed, "/statistics/net/activation/bn/population_mean: is broadcastable along axis 0, whose"
  ),
  "table-wrong-parameters-digest.h5": (
    .malformed, "/contents: has the parameters_digest 00000000…, but its entries give 0f4ccd00…"
  ),
  "table-without-parameters-digest.h5": (.malformed, "/contents: has no parameters_digest"),
  "table-without-graph.h5": (
    .malformed, "/contents: does not list the document /model/graph, which every model must have"
  ),
  "attribute-digest.h5": (
    .damaged, "/parameters/net/linear/W: has the attribute digest \"00000000000000000000000000000000\","
  ),
  "mean-nan.h5": (
    .unsuitable, "/statistics/net/activation/bn/population_mean: element 1 is nan; a mean must be finite."
  ),
  "mean-infinite.h5": (
    .unsuitable, "/statistics/net/activation/bn/population_mean: element 1 is inf; a mean must be finite."
  ),
  "stdev-nan.h5": (
    .unsuitable, "/statistics/net/activation/bn/population_stdev: element 1 is nan; a standard deviation must be"
  ),
  "stdev-infinite.h5": (
    .unsuitable, "/statistics/net/activation/bn/population_stdev: element 1 is inf; a standard deviation must be"
  ),
  "stdev-negative.h5": (
    .unsuitable, "/statistics/net/activation/bn/population_stdev: element 1 is -1.0; a standard deviation"
  ),
  "stdev-zero.h5": (
    .unsuitable, "/statistics/net/activation/bn/population_stdev: element 1 is 0.0; a standard deviation must be"
  ),
  "counts-negative.h5": (
    .malformed, "/statistics/net/activation/bn/population_mean: has the observation count -7; the number must"
  ),
  "counts-too-many.h5": (
    .malformed, "/statistics/net/activation/bn/population_mean: has 3 observation counts for 1 value"
  ),
  "counts-none.h5": (.malformed, "/statistics/net/activation/bn/population_mean: has 0 observation counts for 1 value"),
  "counts-huge.h5": (
    .malformed, "/contents: tensors[3]: statistic: observation_counts[0]: a value is a number, not an integer"
  ),
  "epsilon-negative.h5": (
    .malformed,
    "/statistics/net/activation/bn/population_mean: has the epsilon -0.0001; it must be finite and at least 0"
  ),
  "epsilon-of-another.h5": (.malformed, "has epsilon 0.5, but its normalization in the graph has 0.0001"),
  "epsilon-text.h5": (.malformed, "/contents: tensors[3]: statistic: epsilon: a value is text, not a number"),
  "records-negative.h5": (
    .malformed, "/statistics/net/activation/bn/population_mean: has -2 records; the number must be at least 0"
  ),
  "estimator-missing.h5": (.malformed, "/contents: tensors[3]: statistic: the key \"estimator\" is missing"),
  "statistic-of-integers.h5": (
    .malformed, "/statistics/net/activation/bn/population_mean: is a statistic, but its elements are integers"
  ),
  "bricks-wrong-digest.h5": (
    .damaged, "/model/bricks: digest does not match its data (read 0946c7fc…, recorded c4a7f649…): the"
  ),
  "bricks-not-json.h5": (.malformed, "/model/bricks: is not valid JSON: a key is missing, at line 1, column 2"),
  "graph-not-json.h5": (.malformed, "/model/graph: is not valid JSON: an unknown word, at line 1, column 2"),
  "graph-wrong-digest.h5": (
    .damaged, "/model/graph: digest does not match its data (read 3821a090…, recorded 51048f6b…): the"
  ),
  "graph-tensor-not-in-table.h5": (
    .malformed, "/parameters/net/linear/W: is missing: the graph needs it, but the file does not have it"
  ),
  "graph-tensor-not-in-graph.h5": (.malformed, "/parameters/net/linear/b: is unknown to the graph"),
  "graph-tensor-unknown.h5": (.malformed, "2 problems, nothing was loaded"),
  "graph-tensor-twice.h5": (
    .malformed, "/model/graph: two variables are read from /statistics/net/activation/bn/population_mean"
  ),
  "graph-tensor-wrong-shape.h5": (
    .malformed, "/model/graph: node 0 (matrix_product): yields float32 batch×4, but the graph says float32"
  ),
  "graph-tensor-wrong-type.h5": (
    .malformed, "/model/graph: node 0 (matrix_product): matrix_product needs operands of the same type, got"
  ),
  "graph-cycle.h5": (.malformed, "/model/graph: node 0 (matrix_product) uses variable 8 before it is computed"),
  "graph-forward-reference.h5": (.malformed, "/model/graph: node 0 (subtract) uses variable 2 before it is computed"),
  "graph-index-past-end.h5": (
    .malformed, "/model/graph: the operand of node 0 (matrix_product) is 1000, but there are 16"
  ),
  "graph-index-negative.h5": (
    .malformed, "/model/graph: the operand of node 0 (matrix_product) is -1, but there are 16"
  ),
  "graph-index-of-30-digits.h5": (.malformed, "/model/graph: nodes[0]: inputs[1]: a value is a number, not an integer"),
  "graph-output-past-end.h5": (.malformed, "/model/graph: the variable of output \"logits\" is 1000, but there are 16"),
  "graph-call-past-end.h5": (.malformed, "/model/graph: the call of variable 2 is 1000, but there are 5"),
  "graph-wrong-arity.h5": (.malformed, "/model/graph: node 2 (subtract): subtract takes 2 operands, not 3"),
  "graph-two-producers.h5": (.malformed, "/model/graph: node 2 (subtract) computes variable 4 a second time"),
  "graph-computed-leaf.h5": (.malformed, "/model/graph: node 1 (expand_dimensions) computes variable 6 a second time"),
  "graph-variable-from-nowhere.h5": (.malformed, "/model/graph: variable 16 has no source and no node computes it"),
  "graph-attribute-type.h5": (
    .malformed, "/model/graph: nodes[1]: expand_dimensions: axis: a value is text, not an integer"
  ),
  "graph-attribute-missing.h5": (.malformed, "/model/graph: nodes[1]: expand_dimensions: the key \"axis\" is missing"),
  "graph-attribute-huge.h5": (
    .malformed, "/model/graph: node 1 (expand_dimensions): expand_dimensions cannot insert axis"
  ),
  "graph-result-shape.h5": (
    .malformed, "/model/graph: node 0 (matrix_product): yields float32 batch×2, but the graph says float32"
  ),
  "graph-shapes-do-not-broadcast.h5": (
    .malformed, "/model/graph: node 0 (matrix_product): matrix_product needs (…, k) and (k, n), got"
  ),
  "graph-mixed-types.h5": (
    .malformed, "/model/graph: node 2 (subtract): subtract needs operands of the same type, got float32 batch×2"
  ),
  "graph-step-not-int64.h5": (
    .malformed, "/model/graph: node 1 (take_step): take_step needs (time, …) and an int64 scalar, got"
  ),
  "graph-constant-word.h5": (
    .malformed, "/model/graph: variables[16]: source: constant: a value is text, not a number"
  ),
  "graph-input-not-fed.h5": (
    .malformed, "/model/graph: input \"features\" names variable 2, which is not fed by that name"
  ),
  "graph-role-unknown.h5": (
    .malformed, "/model/graph: variables[2]: roles[0]: the role MYSTERY is neither built in nor defined in the graph"
  ),
  "graph-role-unknown-parent.h5": (.malformed, "/model/graph: the roles A have no parent that is built in or defined"),
  "graph-role-cycle.h5": (.malformed, "/model/graph: the roles A, B have no parent that is built in or defined"),
  "graph-normalization-past-end.h5": (.malformed, "/model/graph: the variable of call 3 is 1000, but there are 16"),
  "graph-normalization-unknown-mean.h5": (
    .malformed,
    "/model/graph: call 3 of /net/activation/bn names /statistics/net/lost, which is not a variable of the graph"
  ),
  "graph-normalization-half-stdev.h5": (
    .malformed, "/model/graph: call 3 of /net/activation/bn has a divisor without population_stdev"
  ),
  "graph-normalization-without-batch-axis.h5": (
    .malformed, "/model/graph: call 3 of /net/activation/bn normalizes over axes [1]"
  ),
  "graph-normalization-epsilon.h5": (.malformed, "/model/graph: call 3 of /net/activation/bn has the epsilon -1.0"),
  "graph-mask-rank.h5": (
    .malformed, "/model/graph: node 1 (reduce_mean): reduce_mean needs a mask of its operand's type and rank; each"
  ),
  "graph-mask-extent.h5": (
    .malformed, "/model/graph: node 1 (reduce_mean): reduce_mean needs a mask of its operand's type and rank; each"
  ),
  "graph-mask-type.h5": (
    .malformed, "/model/graph: node 1 (reduce_mean): reduce_mean needs a mask of its operand's type and rank; each"
  ),
  "graph-mask-of-maximum.h5": (
    .malformed, "/model/graph: node 1 (reduce_maximum): reduce_maximum takes 1 operand, not 2"
  ),
  "graph-mask-not-counted.h5": (
    .malformed, "/model/graph: node 10 (element_count): element_count needs a mask with extent 1 on the axes that"
  ),
  "graph-normalization-mask-past-end.h5": (.malformed, "/model/graph: the variable of call 3 is 1000, but there are"),
  "graph-normalization-mask-rank.h5": (
    .malformed, "/model/graph: the mask of call 3 of /net/activation/bn is float32 batch; it needs the"
  ),
  "graph-normalization-mask-extent.h5": (
    .malformed,
    "/model/graph: the mask of call 3 of /net/activation/bn is float32 batch×2; it needs the type and rank of the input, float32"
  ),
  "graph-normalization-mask-type.h5": (
    .malformed, "/model/graph: the mask of call 3 of /net/activation/bn is int64 batch×1; it needs the"
  ),
  "graph-normalization-inference-only.h5": (
    .malformed,
    "/model/graph: call 3 of /net/activation/bn is for inference only: its statistics cannot be computed from its input"
  ),
  "updates-mean-nan.h5": (
    .unsuitable, "/updates/net/activation/bn/apply: /net/activation/bn.apply of batch \"examples[0:4]\": the"
  ),
  "updates-mean-infinite.h5": (
    .unsuitable, "/updates/net/activation/bn/apply: /net/activation/bn.apply of batch \"examples[0:4]\": the"
  ),
  "updates-stdev-nan.h5": (
    .unsuitable, "/updates/net/activation/bn/apply: /net/activation/bn.apply of batch \"examples[0:4]\": the"
  ),
  "updates-stdev-negative.h5": (
    .unsuitable, "/updates/net/activation/bn/apply: /net/activation/bn.apply of batch \"examples[4:7]\": the"
  ),
  "updates-count-negative.h5": (
    .unsuitable, "/updates/net/activation/bn/apply: /net/activation/bn.apply of batch \"examples[0:4]\":"
  ),
  "updates-counts-shape.h5": (
    .malformed, "/updates/net/activation/bn/apply: counts are int64 of shape [3], not int64 of shape [2]"
  ),
  "updates-counts-type.h5": (
    .malformed, "/updates/net/activation/bn/apply: counts are float64 of shape [2], not int64 of shape [2]"
  ),
  "updates-counts-missing.h5": (
    .malformed, "/updates/net/activation/bn/apply: has no counts, or has neither minibatch_mean nor minibatch_stdev"
  ),
  "updates-values-missing.h5": (
    .malformed, "/updates/net/activation/bn/apply: has no counts, or has neither minibatch_mean nor minibatch_stdev"
  ),
  "updates-rows-disagree.h5": (
    .malformed, "/updates/net/activation/bn/apply: the types or shapes of its datasets do not fit 2"
  ),
  "updates-batch-past-end.h5": (
    .malformed, "/updates/net/activation/bn/apply: row 1 belongs to minibatch 5, but there are only 2 minibatches"
  ),
  "updates-batch-negative.h5": (
    .malformed, "/updates/net/activation/bn/apply: row 0 belongs to minibatch -1, but there are only 2 minibatches"
  ),
  "updates-batch-twice.h5": (
    .malformed, "/updates/net/activation/bn/apply: lists its minibatches out of order, or a minibatch twice"
  ),
  "updates-batches-descending.h5": (
    .malformed, "/updates/net/activation/bn/apply: lists its minibatches out of order, or a minibatch twice"
  ),
  "updates-batches-unordered.h5": (
    .malformed, "/contents: lists the minibatch \"examples[4:7]\" out of order or twice"
  ),
  "updates-identity-twice.h5": (
    .malformed, "/contents: lists a minibatch under two sequence numbers with the same parameters"
  ),
  "updates-group-path.h5": (
    .malformed, "/updates/net/activation/bn/apply: does not match its brick /net/activation/bn and its application"
  ),
  "updates-group-epsilon.h5": (
    .malformed, "/updates/net/activation/bn/apply: has the epsilon -0.0001; it must be finite and at least 0"
  ),
  "updates-group-missing.h5": (
    .malformed, "/updates/net/activation/bn/apply/counts: does not belong to a group of update pairs"
  ),
  "updates-time-without-axis.h5": (
    .malformed, "/updates/net/activation/bn/apply: counts are int64 of shape [2], not int64 of shape [2, 2]"
  ),
  "updates-source-empty.h5": (
    .malformed, "/contents: updates: batches[0]: examples: examples need a source, and ranges"
  ),
  "updates-order-missing.h5": (
    .malformed, "/contents: updates: batches[0]: examples: the key \"order\" is missing"
  ),
  "updates-ranges-empty.h5": (
    .malformed, "/contents: updates: batches[0]: examples: examples need a source, and ranges"
  ),
  "updates-range-empty.h5": (
    .malformed,
    "/contents: updates: batches[0]: examples: ranges[0]: a range must be two numbers, a start and a greater end"
  ),
  "updates-range-negative.h5": (
    .malformed, "/contents: updates: batches[0]: examples: examples need a source, and ranges"
  ),
  "updates-range-three-numbers.h5": (
    .malformed,
    "/contents: updates: batches[0]: examples: ranges[0]: a range must be two numbers, a start and a greater end"
  ),
  "updates-ranges-touch.h5": (
    .malformed, "/contents: updates: batches[0]: examples: examples need a source, and ranges"
  ),
  "updates-ranges-descending.h5": (
    .malformed, "/contents: updates: batches[0]: examples: examples need a source, and ranges"
  ),
  "updates-time-not-boolean.h5": (
    .malformed, "/contents: updates: groups[0]: time_steps: a value is text, not true or false"
  ),
]
