import Checkpoints

/// The same as `malformedErrors`, but for files with one wrong operation on images.
let imageErrors: [String: (code: CheckpointError.Code, fragment: String)] = [
  "operation-convolution-three-axes.h5": (
    .malformed,
    "/model/graph: node 0 (convolution): convolution of float32 batch×4×5 and float32 3×2×2×2: needs images (N, C, H, W) and filters (F, C / groups, h, w), got extents [1, 4, 5] and [3, 2, 2, 2]"
  ),
  "operation-convolution-channels.h5": (
    .malformed,
    "/model/graph: node 0 (convolution): convolution of float32 batch×2×4×5 and float32 3×3×2×2: filters for 3 channels do not fit an image of 2 channels in 1 groups"
  ),
  "operation-convolution-groups-uneven.h5": (
    .malformed,
    "/model/graph: node 0 (convolution): convolution of float32 batch×2×4×5 and float32 3×1×2×2: 2 groups do not divide 2 channels and 3 filters evenly"
  ),
  "operation-convolution-groups-zero.h5": (
    .malformed,
    "/model/graph: node 0 (convolution): convolution of float32 batch×2×4×5 and float32 3×2×2×2: the number of groups is 0, not positive"
  ),
  "operation-convolution-stride-zero.h5": (
    .malformed,
    "/model/graph: node 0 (convolution): convolution of float32 batch×2×4×5 and float32 3×2×2×2: the stride 0×1 is not positive"
  ),
  "operation-convolution-stride-of-three.h5": (
    .malformed,
    "/model/graph: nodes[0]: convolution: stride: [1, 1, 1] is not a height and a width"
  ),
  "operation-convolution-padding-negative.h5": (
    .malformed,
    "/model/graph: node 0 (convolution): convolution of float32 batch×2×4×5 and float32 3×2×2×2: the padding -1×0 is negative"
  ),
  "operation-convolution-padding-single.h5": (
    .malformed,
    "/model/graph: nodes[0]: convolution: padding: a value is an integer, not a list"
  ),
  "operation-convolution-no-window.h5": (
    .malformed,
    "/model/graph: node 0 (convolution): convolution of float32 batch×2×4×5 and float32 3×2×5×2: a window of extent 5 does not fit into an extent of 4 with a padding of 0"
  ),
  "operation-convolution-no-filters.h5": (
    .malformed,
    "/model/graph: node 0 (convolution): convolution of float32 batch×2×4×5 and float32 3×2×0×2: an image [2, 4, 5] or filters [3, 2, 0, 2] have no elements"
  ),
  "operation-convolution-int64.h5": (
    .malformed,
    "/model/graph: node 0 (convolution): convolution needs floating-point operands of the same type, got int64 batch×2×4×5 and int64 3×2×2×2"
  ),
  "operation-convolution-huge-padding.h5": (
    .malformed,
    "/model/graph: node 0 (convolution): convolution of float32 batch×2×4×5 and float32 3×2×2×2: an extent of 4 with a padding of 4611686018427387904 is too large for this machine"
  ),
  "operation-max-pool-padding-as-window.h5": (
    .malformed,
    "/model/graph: node 0 (max_pool): max_pool of float32 batch×2×4×5: the padding 2×2 must be at least 0 and smaller than the window 2×2"
  ),
  "operation-max-pool-padding-with-border.h5": (
    .malformed,
    "/model/graph: node 0 (max_pool): max_pool of float32 batch×2×4×5: the padding 1×1 is only possible without partial windows; ignore the border, or set the padding to 0"
  ),
  "operation-max-pool-window-zero.h5": (
    .malformed,
    "/model/graph: node 0 (max_pool): max_pool of float32 batch×2×4×5: the window 0×2 and the stride 2×2 must be positive"
  ),
  "operation-max-pool-step-zero.h5": (
    .malformed,
    "/model/graph: node 0 (max_pool): max_pool of float32 batch×2×4×5: the window 2×2 and the stride 0×2 must be positive"
  ),
  "operation-max-pool-no-window.h5": (
    .malformed,
    "/model/graph: node 0 (max_pool): max_pool of float32 batch×2×4×5: a window of extent 6 does not fit into an extent of 5 with a padding of 0"
  ),
  "operation-max-pool-border-missing.h5": (
    .malformed,
    "/model/graph: nodes[0]: max_pool: the key \"ignore_border\" is missing"
  ),
  "operation-max-pool-three-axes.h5": (
    .malformed,
    "/model/graph: node 0 (max_pool): max_pool of float32 batch×4×5: needs images (N, C, H, W), got extents [1, 4, 5]"
  ),
  "operation-average-pool-include-missing.h5": (
    .malformed,
    "/model/graph: nodes[0]: average_pool: the key \"include_padding\" is missing"
  ),
  "operation-average-pool-include-number.h5": (
    .malformed,
    "/model/graph: nodes[0]: average_pool: include_padding: a value is an integer, not true or false"
  ),
  "operation-glimpse-extents-zero.h5": (
    .malformed,
    "/model/graph: node 0 (affine_glimpse): affine_glimpse of float32 batch×2×4×5 and float32 batch×6: an image [2, 4, 5] or a glimpse 0×3 has no elements"
  ),
  "operation-glimpse-extents-single.h5": (
    .malformed,
    "/model/graph: nodes[0]: affine_glimpse: extents: a value is an integer, not a list"
  ),
  "operation-glimpse-five-numbers.h5": (
    .malformed,
    "/model/graph: node 0 (affine_glimpse): affine_glimpse of float32 batch×2×4×5 and float32 batch×5: needs images (N, C, H, W) and locations (N, 6), got extents [1, 2, 4, 5] and [1, 5]"
  ),
  "operation-glimpse-other-batch.h5": (
    .malformed,
    "/model/graph: node 0 (affine_glimpse): affine_glimpse needs as many locations as images, got float32 2×2×4×5 and float32 3×6"
  ),
  "operation-glimpse-empty-image.h5": (
    .malformed,
    "/model/graph: node 0 (affine_glimpse): affine_glimpse of float32 batch×2×0×5 and float32 batch×6: an image [2, 0, 5] or a glimpse 3×3 has no elements"
  ),
  "operation-dilated-convolution-dilation-zero.h5": (
    .malformed,
    "/model/graph: node 0 (dilated_convolution): dilated_convolution of float32 batch×2×4×5 and float32 3×2×2×2: the dilation 0×1 is not positive"
  ),
  "operation-dilated-convolution-dilation-missing.h5": (
    .malformed, "/model/graph: nodes[0]: dilated_convolution: the key \"dilation\" is missing"
  ),
  "operation-dilated-convolution-no-window.h5": (
    .malformed,
    "/model/graph: node 0 (dilated_convolution): dilated_convolution of float32 batch×2×4×5 and float32 3×2×2×2: a window of extent 5 does not fit into an extent of 4 with a padding of 0"
  ),
  "operation-dilated-convolution-huge-dilation.h5": (
    .malformed,
    "/model/graph: node 0 (dilated_convolution): dilated_convolution of float32 batch×2×4×5 and float32 3×2×3×2: a filter of extent 3 with a dilation of 4611686018427387904 is too large for this machine"
  ),
]
