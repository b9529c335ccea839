import Checkpoints

/// The same as `malformedErrors`, but for files with tensors of 16 bits.
let sixteenBitErrors: [String: (code: CheckpointError.Code, fragment: String)] = [
  "sixteen-bits-updates.h5": (
    .malformed, "/minibatch_mean: is float16; update pairs must be float32, float64 or int64"
  ),
  "sixteen-bits-unannounced.h5": (
    .malformed, "/contents: lists tensors of the type bfloat16, but the root attribute must_understand does not name"
  ),
  "sixteen-bits-other-announced.h5": (
    .malformed, "/contents: lists tensors of the type bfloat16, but the root attribute must_understand does not name"
  ),
  "sixteen-bits-version.h5": (
    .malformed, "/contents: lists tensors of the type float16, which format version 1.0 does not have"
  ),
  "sixteen-bits-as-float16.h5": (.damaged, "/W: has the type float16, but the table of contents says bfloat16"),
  "sixteen-bits-as-bfloat16.h5": (.damaged, "/W: has the type bfloat16, but the table of contents says float16"),
  "sixteen-bits-opaque.h5": (.damaged, "/W: has the type opaque bytes, but the table of contents says bfloat16"),
  "sixteen-bits-leaf-float64.h5": (.malformed, "/model/graph: node 0 (matrix_product): "),
  "sixteen-bits-leaf-float16.h5": (.malformed, "/model/graph: "),
  "sixteen-bits-damaged.h5": (.damaged, "/parameters/net/linear/W: digest does not match its data"),
]
