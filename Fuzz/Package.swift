// SPDX-License-Identifier: Apache-2.0
// swift-tools-version: 6.2
// The package that `script/fuzz` builds: the parsers with counters and AddressSanitizer in them, and
// their callers. A package of its own, because a library among the products of the program's
// package would be built with every `swift build`, and because nothing here needs a package from
// elsewhere. `Sources` is a link to the program's, `OAuthTesting` one to the builders of its tests.
import PackageDescription

/// As in ../Package.swift, and instrumented; `@testable` reaches what the modules keep to
/// themselves.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatWarning("StrictMemorySafety", as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library", "-enable-testing"]),
]
let cSettings: [CSetting] = [
    .unsafeFlags(["-O1", "-g", "-fsanitize=fuzzer-no-link,address", "-Wno-deprecated-declarations"])
]

let package = Package(
    name: "handfast-fuzz",
    products: [.library(name: "Fuzz", type: .static, targets: ["Fuzz"])],
    targets: [
        .target(
            name: "COpenSSL",
            path: "Sources/COpenSSL",
            exclude: ["Faster/README.md"],
            cSettings: cSettings
        ),
        .target(name: "CArgon2", path: "Sources/CArgon2", cSettings: cSettings),
        .target(name: "CCurl", path: "Sources/CCurl", cSettings: cSettings),
        // Without jemalloc, as AddressSanitizer has an allocator of its own.
        .target(
            name: "CLinux",
            path: "Sources/CLinux",
            cSettings: cSettings + [.define("HANDFAST_SANITIZE")]
        ),
        .target(name: "CYAML", path: "Sources/CYAML", cSettings: cSettings),
        .target(name: "Network", path: "Sources/Network", swiftSettings: settings),
        .target(name: "Text", path: "Sources/Text", swiftSettings: settings),
        .target(
            name: "Cryptography",
            dependencies: ["Network", "Text", "COpenSSL", "CArgon2"],
            path: "Sources/Cryptography",
            swiftSettings: settings
        ),
        .target(
            name: "HTTP",
            dependencies: ["Network", "Text"],
            path: "Sources/HTTP",
            swiftSettings: settings
        ),
        .target(
            name: "Fetch",
            dependencies: ["Network", "CCurl", "COpenSSL"],
            path: "Sources/Fetch",
            swiftSettings: settings
        ),
        .target(
            name: "YAML",
            dependencies: ["Text", "CYAML"],
            path: "Sources/YAML",
            swiftSettings: settings
        ),
        .target(
            name: "Reactor",
            dependencies: ["CLinux", "Network", "Text"],
            path: "Sources/Reactor",
            swiftSettings: settings
        ),
        .target(
            name: "Storage",
            dependencies: ["Text"],
            path: "Sources/Storage",
            swiftSettings: settings
        ),
        .target(
            name: "OAuth",
            dependencies: ["Cryptography", "HTTP", "Storage", "Text"],
            path: "Sources/OAuth",
            swiftSettings: settings
        ),
        .target(
            name: "OAuthTesting",
            dependencies: ["OAuth", "Cryptography", "HTTP", "Reactor", "Storage", "Text"],
            path: "OAuthTesting",
            swiftSettings: settings
        ),
        .target(
            name: "Fuzz",
            dependencies: [
                "OAuthTesting", "OAuth", "Cryptography", "HTTP", "Storage", "Fetch", "Network",
                "Text",
                "YAML", "CCurl",
            ],
            path: "Targets",
            swiftSettings: settings
        ),
    ]
)
