/// The message that verification gives for each file of `fixtures/malformed` that readers accept and verification reports.
let reportedFindings: [String: String] = [
  "scale-linked-twice.h5": "is the same object as /parameters/net/linear/",
  "tensor-linked-twice.h5": "is the same object as /parameters/net/linear/",
  "name-in-two-groups.h5":
    "/persistent/net/linear/W: has the same name, /net/linear.W, as /parameters/net/linear/W; rename one of them",
  "provenance-unlisted.h5": "/provenance: is in the file, but not in the table of contents: no reader uses it",
  "bricks-unlisted.h5": "/model/bricks: is in the file, but not in the table of contents: no reader uses it",
  "tensor-marked-as-scale.h5":
    "/parameters/net/linear/W: is marked as a dimension scale, but the table of contents lists it as a tensor",
  "scale-reference-to-nothing.h5":
    "/parameters/net/linear/W: names axis 0 (\"input\") by a reference to nothing: the file was damaged",
  "scale-reference-of-zeros.h5":
    "/parameters/net/linear/W: names axis 0 (\"input\") by a reference to nothing: the file was damaged",
  "scale-of-other-axis.h5":
    "W: names axis 0 (\"input\") by a reference to /parameters/net/linear/output with the extents [2]: the file ",
  "scale-reference-to-tensor.h5":
    "W: names axis 0 (\"input\") by a reference to /parameters/net/linear/W, which is not a dimension scale: the file ",
  "scale-references-missing-one.h5":
    "/parameters/net/linear/W: the attribute \"DIMENSION_LIST\" is not a list of references for each axis",
  "scale-references-numbers.h5":
    "/parameters/net/linear/W: the attribute \"DIMENSION_LIST\" is not a list of references for each axis",
  "attribute-records-text.h5":
    "/statistics/net/activation/bn/population_mean: the attribute \"records\" is of type text, not a number",
  "attribute-role.h5":
    "/parameters/net/linear/W: has the attribute role \"BIAS\", but the table of contents says \"WEIGHT\"",
  "attribute-brick.h5":
    "/parameters/net/linear/W: has the attribute brick \"/net\", but the table of contents says \"/net/linear\"",
  "attribute-axes.h5":
    "W: has the attribute axes [\"output\", \"input\"], but the table of contents says [\"input\", \"output\"]",
  "attribute-epsilon.h5":
    "/statistics/net/activation/bn/population_mean: has the attribute epsilon 0.001, but the table of contents says 0.0001",
  "attribute-counts.h5":
    "/statistics/net/activation/bn/population_mean: has the attribute observation_counts 8, but the table of contents says 7",
  "attribute-estimator.h5":
    "has the attribute estimator \"mean-of-variances\", but the table of contents says \"pooled\"",
  "provenance-folders.h5": "/provenance: step 0 names the file ",
  "tensor-named-as-child.h5": "has the name of a child of its brick; rename the tensor or the child",
  "brick-of-variable-missing.h5": "has variables in the graph, but the brick tree does not have it",
  "brick-of-call-missing.h5": "/net/lost: the graph calls it, but the brick tree does not have it",
  "brick-type-differs.h5": "/net/linear: is Linear in the brick tree, Bias in the graph",
  "call-id-number.h5": "has a call_id in its metadata that is not text",
  "counts-differ.h5":
    "/net/activation/bn: its mean and standard deviation come from different observations or parameters; estimate both again",
  "estimators-differ.h5": "/net/activation/bn: its mean and standard deviation name different estimators, ",
  "axes-differ.h5": "/net/activation/bn: the axes of its mean and standard deviation have different names: [",
  "none-with-counts.h5": "/net/activation/bn: has 7 observations, but no estimator",
  "records-without-counts.h5": "/net/activation/bn: was never estimated, but claims 2 records",
  "updates-role.h5":
    "/updates/net/activation/bn/apply/minibatch_mean: has the role AUXILIARY, not BATCH_NORM_OFFSET",
  "updates-axes.h5":
    "/updates/net/activation/bn/apply/counts: has the axes [record], which do not begin with batch",
  "updates-no-normalization.h5":
    "/updates/net/activation/tanh/apply: no normalization of the graph belongs to /net/activation/tanh",
  "updates-epsilon.h5": "/updates/net/activation/bn/apply: has ε 0.5, but its normalization in the graph has 0.0001",
  "updates-width.h5": "bn/apply: has the example shape 3, but its normalization in the graph has 2",
  "updates-batch-unused.h5": "/updates: no record belongs to the minibatch \"more\"",
  "updates-common-places.h5":
    "/updates: the minibatches \"examples[0:4]\" and \"examples[4:7]\" have examples in common",
  "updates-two-orders.h5":
    "/updates: the minibatches \"examples[0:4]\" and \"examples[4:7]\" are from the same data in different orders",
  "updates-same-name.h5": "/updates: two minibatches are named \"examples[0:4]\", but only one of them records",
]
