// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "swift-bricks",
  products: [
    .library(name: "Names", targets: ["Names"]),
    .library(name: "Limits", targets: ["Limits"]),
    .library(name: "HDF5", targets: ["HDF5"]),
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "JSON", targets: ["JSON"]),
    .library(name: "ComputationGraphs", targets: ["ComputationGraphs"]),
    .library(name: "Programs", targets: ["Programs"]),
    .library(name: "Bricks", targets: ["Bricks"]),
    .library(name: "PopulationStatistics", targets: ["PopulationStatistics"]),
    .library(name: "Checkpoints", targets: ["Checkpoints"]),
    .library(name: "Interchange", targets: ["Interchange"]),
    .library(name: "ModelFormats", targets: ["ModelFormats"]),
    .library(name: "Signatures", targets: ["Signatures"]),
    .library(name: "Figures", targets: ["Figures"]),
    .library(name: "EDRAM", targets: ["EDRAM"]),
    .executable(name: "bntool", targets: ["bntool"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(name: "Messages"),
    .target(name: "CSystem"),
    .target(name: "Limits"),
    .target(name: "Platform", dependencies: ["CSystem", "Limits"]),
    .target(name: "Remote", dependencies: ["CCrypto", "CCurl", "Platform"]),
    .target(name: "Names"),
    .target(name: "JSON", dependencies: ["Limits", "Names"]),
    .target(name: "CDeflate", linkerSettings: [.linkedLibrary("deflate")]),
    .target(name: "HDF5", dependencies: ["CDeflate", "CHDF5", "CZlib", "Limits", "Platform", "Remote"]),
    .target(name: "CKernels", exclude: ["digest.inc", "kernels.inc", "records.inc", "winograd.inc"]),
    .target(name: "Tensors", dependencies: ["CKernels", "Platform"]),
    .target(name: "ComputationGraphs", dependencies: ["Names", "JSON", "Tensors"]),
    .target(name: "Programs", dependencies: ["Names", "ComputationGraphs", "Platform", "Tensors", "CKernels"]),
    .target(name: "Bricks", dependencies: ["JSON", "ComputationGraphs", "Messages", "Tensors"]),
    .target(
      name: "PopulationStatistics",
      dependencies: ["Names", "CKernels", "ComputationGraphs", "Platform", "Programs", "Tensors"]),
    .target(
      name: "Checkpoints",
      dependencies: [
        "Names", "JSON", "ComputationGraphs", "PopulationStatistics", "HDF5", "Limits", "Messages", "Platform",
        "Tensors",
      ]),
    .target(name: "Signatures", dependencies: ["CCrypto", "Checkpoints", "JSON", "Names", "Platform", "Remote"]),
    .target(
      name: "Interchange",
      dependencies: [
        "Names", "JSON", "ComputationGraphs", "PopulationStatistics", "HDF5", "CZlib", "Limits",
        "Messages", "Platform", "Remote", "Tensors",
      ]),
    .target(
      name: "ModelFormats",
      dependencies: [
        "Names", "JSON", "ComputationGraphs", "Bricks", "HDF5", "Interchange", "Limits", "Messages", "Platform",
        "Remote", "Tensors", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    .target(name: "Figures", dependencies: ["CZlib", "Messages", "Platform"]),
    .executableTarget(
      name: "benchmark-driver",
      dependencies: ["Checkpoints", "ComputationGraphs", "Interchange", "Names", "Platform", "Programs", "Tensors"],
      path: "tools/benchmarks/driver"),
    .executableTarget(
      name: "zoo-driver",
      dependencies: [
        "Checkpoints", "ComputationGraphs", "Interchange", "ModelFormats", "Names", "Platform", "Programs", "Tensors",
      ],
      path: "tools/zoo/driver"),
    .systemLibrary(name: "CFuzzer", path: "tools/trust/fuzzer"),
    .executableTarget(
      name: "fuzz-driver",
      dependencies: [
        "Bricks", "CFuzzer", "Checkpoints", "ComputationGraphs", "HDF5", "Interchange", "JSON", "ModelFormats",
        "Platform",
      ],
      path: "tools/trust/driver"),
    .executableTarget(
      name: "torture-driver", dependencies: ["Bricks", "Checkpoints", "Platform"], path: "tools/trust/damage"),
    .executableTarget(
      name: "bntool",
      dependencies: [
        "Bricks", "Programs", "ComputationGraphs", "PopulationStatistics", "HDF5", "Checkpoints", "Interchange",
        "Figures", "JSON", "Messages", "ModelFormats", "Names", "Platform", "Signatures", "Tensors",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "digits-example", dependencies: ["Bricks", "PopulationStatistics", "Checkpoints", "Interchange"],
      path: "Examples/PopulationStatistics"),
    .executableTarget(name: "residual-example", dependencies: ["Bricks", "Checkpoints"], path: "Examples/Residual"),
    .target(name: "EDRAM", dependencies: ["Bricks"], path: "Examples/EDRAM/Model"),
    .executableTarget(
      name: "edram-example", dependencies: ["EDRAM", "Bricks", "PopulationStatistics", "Checkpoints"],
      path: "Examples/EDRAM", exclude: ["Model"], sources: ["main.swift"]),
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .testTarget(name: "MessagesTests", dependencies: ["Messages"]),
    .testTarget(name: "PlatformTests", dependencies: ["TestSupport", "Platform"]),
    .testTarget(name: "RemoteTests", dependencies: ["TestSupport", "Platform", "Remote"]),
    .testTarget(name: "FiguresTests", dependencies: ["CZlib", "Figures"]),
    .testTarget(name: "NamesTests", dependencies: ["Names"]),
    .testTarget(
      name: "LimitsTests", dependencies: ["TestSupport", "Checkpoints", "HDF5", "Interchange", "JSON", "Limits"]),
    .testTarget(name: "JSONTests", dependencies: ["JSON"]),
    .testTarget(name: "HDF5Tests", dependencies: ["TestSupport", "HDF5"], exclude: ["Fixtures"]),
    .testTarget(
      name: "TensorsTests", dependencies: ["CKernels", "TestSupport", "Tensors"], exclude: ["Fixtures"]),
    .testTarget(
      name: "ComputationGraphsTests", dependencies: ["TestSupport", "ComputationGraphs", "JSON", "Tensors"],
      exclude: ["Fixtures"]),
    .testTarget(name: "ProgramsTests", dependencies: ["TestSupport", "Programs", "Bricks"]),
    .testTarget(
      name: "BricksTests",
      dependencies: ["TestSupport", "Bricks", "JSON", "Programs", "PopulationStatistics", "Checkpoints", "HDF5"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "PopulationStatisticsTests",
      dependencies: [
        "TestSupport", "Names", "ComputationGraphs", "PopulationStatistics", "Bricks", "Checkpoints", "HDF5", "Tensors",
      ],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "CheckpointsTests",
      dependencies: [
        "TestSupport", "Checkpoints", "Bricks", "ComputationGraphs", "HDF5", "JSON", "Names", "PopulationStatistics",
        "Tensors",
      ]),
    .testTarget(
      name: "SignaturesTests", dependencies: ["TestSupport", "Signatures", "Checkpoints"], exclude: ["Fixtures"]),
    .testTarget(
      name: "InterchangeTests",
      dependencies: [
        "TestSupport", "Interchange", "Bricks", "Checkpoints", "PopulationStatistics", "HDF5", "Tensors",
      ],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "ModelFormatsTests",
      dependencies: [
        "TestSupport", "ModelFormats", "Checkpoints", "ComputationGraphs", "HDF5", "Interchange", "Names",
        "PopulationStatistics", "Programs", "Tensors",
      ]),
    .testTarget(
      name: "ExamplesTests",
      dependencies: [
        "TestSupport", "digits-example", "residual-example", "edram-example", "bntool", "Bricks", "Checkpoints",
        "EDRAM", "HDF5", "Interchange", "ModelFormats", "PopulationStatistics", "Programs",
      ]),
    .testTarget(
      name: "bntoolTests",
      dependencies: [
        "TestSupport", "bntool", "Bricks", "Checkpoints", "Interchange", "JSON", "Names", "PopulationStatistics",
        "Tensors",
      ],
      exclude: ["Fixtures", "Snapshots"]),
  ]
)
