// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "external",
  dependencies: [
    .package(url: "https://example.org/swift-bricks", from: "0.1.0")
  ],
  targets: [
    .executableTarget(
      name: "record-and-average",
      dependencies: [
        .product(name: "Bricks", package: "swift-bricks"), .product(name: "Checkpoints", package: "swift-bricks"),
      ]),
    .executableTarget(
      name: "load-and-run", dependencies: [.product(name: "Checkpoints", package: "swift-bricks")]),
    .executableTarget(
      name: "own-brick",
      dependencies: [
        .product(name: "Bricks", package: "swift-bricks"), .product(name: "Checkpoints", package: "swift-bricks"),
      ]),
  ]
)
