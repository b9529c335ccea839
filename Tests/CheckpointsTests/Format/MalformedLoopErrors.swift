import Checkpoints

/// The same as `malformedErrors`, but for files with a wrong loop.
let loopErrors: [String: (code: CheckpointError.Code, fragment: String)] = [
  "loop-body-missing.h5": (.malformed, "/model/graph: nodes[0]: scan: the key \"body\" is missing"),
  "loop-body-text.h5": (.malformed, "/model/graph: nodes[0]: scan: body: a value is text, not an object"),
  "loop-sequences-missing.h5": (.malformed, "/model/graph: nodes[0]: scan: the key \"sequences\" is missing"),
  "loop-states-missing.h5": (.malformed, "/model/graph: nodes[0]: scan: the key \"states\" is missing"),
  "loop-captures-missing.h5": (.malformed, "/model/graph: nodes[0]: scan: the key \"captures\" is missing"),
  "loop-outputs-missing.h5": (.malformed, "/model/graph: nodes[0]: scan: the key \"outputs\" is missing"),
  "loop-reversed-missing.h5": (.malformed, "/model/graph: nodes[0]: scan: the key \"reversed\" is missing"),
  "loop-sequences-text.h5": (.malformed, "/model/graph: nodes[0]: scan: sequences: a value is text, not a list"),
  "loop-sequence-unknown.h5": (
    .malformed,
    "/model/graph: node 0 (scan): the inputs of a scan's body are [\"h\", \"k\", \"step\", \"x\"], but its sequences, states, captures and step feed [\"h\", \"k\", \"step\", \"y\"]"
  ),
  "loop-state-without-output.h5": (
    .malformed,
    "/model/graph: nodes[0]: scan: states[0]: the key \"output\" is missing"
  ),
  "loop-state-unknown-output.h5": (
    .malformed,
    "/model/graph: node 0 (scan): the body of a scan has no output \"last\""
  ),
  "loop-input-twice.h5": (
    .malformed,
    "/model/graph: node 0 (scan): the inputs of a scan's body are [\"h\", \"k\", \"step\", \"x\"], but its sequences, states, captures and step feed [\"h\", \"step\", \"x\", \"x\"]"
  ),
  "loop-input-not-fed.h5": (
    .malformed,
    "/model/graph: node 0 (scan): the inputs of a scan's body are [\"h\", \"k\", \"step\", \"x\"], but its sequences, states, captures and step feed [\"h\", \"k\", \"x\"]"
  ),
  "loop-step-input-unknown.h5": (
    .malformed,
    "/model/graph: node 0 (scan): the inputs of a scan's body are [\"h\", \"k\", \"step\", \"x\"], but its sequences, states, captures and step feed [\"h\", \"index\", \"k\", \"x\"]"
  ),
  "loop-step-input-number.h5": (
    .malformed,
    "/model/graph: nodes[0]: scan: step_input: a value is an integer, not text"
  ),
  "loop-outputs-empty.h5": (.malformed, "/model/graph: node 0 (scan): a scan stacks no output of its body"),
  "loop-output-twice.h5": (.malformed, "/model/graph: node 0 (scan): a scan stacks an output twice"),
  "loop-output-unknown.h5": (.malformed, "/model/graph: node 0 (scan): the body of a scan has no output \"last\""),
  "loop-step-count-beside-sequence.h5": (
    .malformed,
    "/model/graph: node 0 (scan): a scan has sequences, and also a number of steps, 3"
  ),
  "loop-no-length.h5": (.malformed, "/model/graph: node 0 (scan): a scan has neither a sequence nor a number of steps"),
  "loop-step-count-negative.h5": (.malformed, "/model/graph: node 0 (scan): a scan has -1 steps"),
  "loop-step-count-fraction.h5": (
    .malformed,
    "/model/graph: nodes[0]: scan: step_count: a value is a number, not an integer"
  ),
  "loop-reversed-number.h5": (
    .malformed,
    "/model/graph: nodes[0]: scan: reversed: a value is an integer, not true or false"
  ),
  "loop-operand-missing.h5": (.malformed, "/model/graph: node 0 (scan): a scan needs 3 operands, but has 2"),
  "loop-result-missing.h5": (.malformed, "/model/graph: node 0 (scan): has 0 results, not 1"),
  "loop-sequence-without-time.h5": (
    .malformed,
    "/model/graph: node 0 (scan): input \"x\" of a scan's body is float32 batch×2, but is fed with float32 2"
  ),
  "loop-state-shape.h5": (
    .malformed,
    "/model/graph: node 0 (scan): input \"h\" of a scan's body is float32 batch×2, but is fed with float32 time×batch×2"
  ),
  "loop-capture-shape.h5": (
    .malformed,
    "/model/graph: node 0 (scan): input \"k\" of a scan's body is float32 batch×2, but is fed with float32 time×batch×2"
  ),
  "loop-body-computed-twice.h5": (
    .malformed,
    "/model/graph: nodes[0]: scan: body: node 3 (negate) computes variable 5 a second time"
  ),
  "loop-body-past-end.h5": (
    .malformed,
    "/model/graph: nodes[0]: scan: body: the operand of node 0 (multiply) is 20, but there are 8"
  ),
  "loop-body-result-shape.h5": (
    .malformed,
    "/model/graph: nodes[0]: scan: body: node 1 (add): yields float32 batch×2, but the graph says float32 batch×3"
  ),
  "loop-body-row-shape.h5": (
    .malformed,
    "/model/graph: nodes[0]: scan: body: node 1 (add): add: shapes batch×2 and batch×3 do not broadcast together"
  ),
  "loop-body-step-float.h5": (
    .malformed,
    "/model/graph: node 0 (scan): input \"step\" of a scan's body is float32 scalar, but is fed with int64 scalar"
  ),
  "loop-body-state-changes.h5": (
    .malformed,
    "/model/graph: node 0 (scan): the initial state \"h\" of a scan is float32 batch×2, but the next is float32 1×2"
  ),
  "loop-body-tensor-unknown.h5": (
    .malformed,
    "/parameters/loop/scale: is missing: the graph needs it, but the file does not have it"
  ),
  "loop-body-tensor-shape.h5": (.malformed, "/parameters/loop/scale: is float32 2, but the graph needs float32 1"),
  "loop-body-tensor-twice.h5": (
    .malformed,
    "/model/graph: nodes[0]: scan: body: two variables are read from /parameters/loop/scale"
  ),
  "loop-body-role-unknown.h5": (
    .malformed,
    "/model/graph: nodes[0]: scan: body: variables[5]: roles[0]: the role MYSTERY is neither built in nor defined in the graph"
  ),
  "loop-body-port-twice.h5": (.malformed, "/model/graph: nodes[0]: scan: body: two inputs have the same name"),
  "loop-update-name.h5": (
    .malformed,
    "/model/graph: node 0 (scan): the body of a scan has an output \"update_0\"; rename it"
  ),
  "loop-update-missing.h5": (
    .malformed,
    "/model/graph: node 0 (scan): a scan needs the outputs update_0, update_0_count: the statistic of /loop in training mode"
  ),
  "loop-update-first.h5": (
    .malformed,
    "/model/graph: node 0 (scan): a scan has the outputs [\"update_0\", \"update_0_count\", \"next\", \"shifted\"] instead of [\"next\", \"shifted\", \"update_0\", \"update_0_count\"]: names that begin with update_ are for the statistics of its body, which come last"
  ),
  "loop-update-other.h5": (
    .malformed,
    "/model/graph: node 0 (scan): a scan needs the outputs update_0, update_0_count: the statistic of /loop in training mode"
  ),
  "loop-update-step-missing.h5": (
    .malformed,
    "/model/graph: nodes[0]: scan: body: call 0 of /loop has the statistic /statistics/loop/population_mean of type float32 2, which does not fit"
  ),
]
