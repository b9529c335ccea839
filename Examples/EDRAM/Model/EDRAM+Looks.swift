import Bricks

/// The results of all looks of an `EDRAM`, with time as the first axis.
public struct EDRAMLooks {
  /// The class probabilities after each look (time, batch, classes).
  public let probabilities: Variable
  /// The location of each look (time, batch, 6).
  public let locations: Variable
}

extension EDRAM {
  /// Records all looks at images, and returns the class probabilities. The coarse copies are bilinear samples of the images.
  public func apply(_ images: Variable, in scope: inout Scope) throws -> Variable {
    let everything = try Variable.stacking([1, 0, 0, 0, 1, 0].map { try scope.builder.constant($0, scope.scalar) })
    let coarse = try images.affineGlimpse(at: everything.repeated(like: images), extents: coarseSize)
    return try looks(at: images, coarse: coarse, in: &scope).probabilities
  }

  fileprivate func looks(at images: Variable, coarse: Variable, in scope: inout Scope) throws -> EDRAMLooks {
    let decoded = try scope.apply(coarseConvolutions, to: coarse).flattened()
    guard decoded.shape[1] == .fixed(decoderDimension) else {
      throw BrickError(
        .invalidConfiguration,
        "makes \(decoded.type) from a coarse image, but the decoder needs batch×\(decoderDimension)")
    }
    guard glimpseFeatureCount > 0 else {
      throw BrickError(
        .invalidConfiguration,
        "has the glimpse size \(glimpseSize), which is too small for \(filterCounts.count) convolutions")
    }
    let location = try emitted(from: decoded, in: scope)
    let encoderStates = try scope.initialStates(of: encoder, for: images, areZero: true)
    let decoderCells = try scope.initialStates(of: decoder, for: images, areZero: true)[1]
    let looks = try scope.scan(states: [location] + encoderStates + [decoded, decoderCells], stepCount: stepCount) {
      scope, step in
      let (location, encoderStates, decoderStates) = (step.states[0], step.states[1...2], step.states[3...4])
      let glimpse = try images.affineGlimpse(at: location, extents: glimpseSize)
      let what = try scope.apply(glimpseLayers, to: scope.apply(convolutions, to: glimpse).flattened())
      let features = try what * scope.apply(locationLayers, to: location)
      let encoded = try scope.step(
        encoder,
        on: RecurrentStepInputs(scope.apply(encoderPerceptron, to: features), states: Array(encoderStates)))
      let decoded = try scope.step(
        decoder,
        on: RecurrentStepInputs(scope.apply(decoderPerceptron, to: encoded[0]), states: Array(decoderStates)))
      let next = try [emitted(from: decoded[0], in: scope)] + encoded + decoded
      return (states: next, outputs: [try scope.apply(classifier, to: encoded[0]), location])
    }
    return EDRAMLooks(probabilities: looks.outputs[0], locations: looks.outputs[1])
  }

  /// A location. Components 0 and 4, its extents along both axes, are clipped to the extents of the image.
  private func emitted(from decoded: Variable, in scope: Scope) throws -> Variable {
    var parts = try scope.apply(emission, to: decoded).split(into: 6, axis: 1)
    for index in [0, 4] { parts[index] = try parts[index].clipped(0...1) }
    return try Variable.concatenating(parts, axis: 1)
  }
}

extension Scope {
  /// Applies the network to images (batch, channels, height, width) and their coarse copies.
  ///
  /// - Throws: The errors of `call(_:_:on:at:mask:id:_:)`.
  public func apply(_ brick: EDRAM, to images: Variable, coarse: Variable) throws -> EDRAMLooks {
    let outputs = try call(brick, "apply", on: [images, coarse]) { inputs, scope in
      let looks = try brick.looks(at: inputs[0], coarse: inputs[1], in: &scope)
      return [looks.probabilities, looks.locations]
    }
    return EDRAMLooks(probabilities: outputs[0], locations: outputs[1])
  }
}

extension EDRAM {
  /// A new model with the inputs `images` and `coarse_images` and the outputs `probabilities` and `locations`.
  ///
  /// - Throws: `BrickError` or `GraphError` that names the brick whose configuration does not fit.
  public func model(scalar: ScalarType = .float32, seed: UInt64) throws -> Model {
    try Model([self], scalar: scalar, seed: seed) { scope in
      let images = try scope.input(
        .images(channels: channelCount, height: imageSize.height, width: imageSize.width))
      let coarse = try scope.input(
        ModelInput(name: "coarse_images", shape: [channelCount, coarseSize.height, coarseSize.width]))
      let looks = try scope.apply(self, to: images, coarse: coarse)
      return ["probabilities": looks.probabilities, "locations": looks.locations]
    }
  }
}
