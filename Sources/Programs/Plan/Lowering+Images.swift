import CKernels
import ComputationGraphs
import Tensors

extension Lowering {
  /// The order of the axes of images in memory: the channels are last.
  var channelsLastOrder: [Int] { [0, 2, 3, 1] }

  /// The images with the channels last in memory.
  func channelsLast(_ images: ArrayView) throws -> ArrayView {
    images.isDense(in: channelsLastOrder) ? images : try rearranged(images, order: channelsLastOrder)
  }

  /// The result of a convolution with known filters.
  func convolved(
    _ images: ArrayView, _ filters: Tensor, _ convolution: Convolution, _ dimensions: [Int]
  ) throws -> ArrayView {
    guard case .float32(let numbers) = filters.storage else { throw Unplannable() }
    let geometry = ConvolutionGeometry(
      images: images.dimensions, filters: filters.shape.dimensions, results: dimensions, convolution: convolution)
    var kernel = geometry.kernel
    let packed = table.constant([ck_packed_filter_count(&kernel)]) { target in
      var kernel = geometry.kernel
      ck_pack_filters(&kernel, numbers, 1, target)
    }
    let result = try table.scratch(dimensions, order: channelsLastOrder)
    emit(
      ImageConvolution(
        geometry: geometry, images: try channelsLast(images), filters: packed,
        zeros: try table.constant(
          Tensor(repeating: 0, shape: [ck_convolution_zero_count(&kernel)], type: .float32)), result: result))
    return result
  }
}
