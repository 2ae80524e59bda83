// SPDX-License-Identifier: Apache-2.0
// swift-tools-version: 6.2
// Targets stand in floor order; imports go down only (see ARCHITECTURE.md).
import PackageDescription

/// A sanitizer brings its own allocator; jemalloc must then stay out (`script/test --sanitize`).
let sanitized = Context.environment["HANDFAST_SANITIZE"] != nil

/// The commit and the compiler, which `script/prerequisites` finds out, for `handfast --version`.
let build: [CSetting] = ["HANDFAST_COMMIT", "HANDFAST_COMPILER"].compactMap { name in
    Context.environment[name].map { .define(name, to: "\"\($0)\"") }
}

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatWarning("StrictMemorySafety", as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

let package = Package(
    name: "handfast",
    products: [
        .executable(name: "handfast", targets: ["handfast"]),
        .executable(name: "Benchmarks", targets: ["Benchmarks"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // 1 C only: headers, macro wrappers, and what must be C function tables.
        .target(
            name: "COpenSSL",
            exclude: ["Faster/README.md"],
            // Errors of ours name no file: the paths of a build's folder would be in the program.
            cSettings: [
                .unsafeFlags(["-O2", "-Wall", "-Wextra", "-Wno-deprecated-declarations"]),
                .define("OPENSSL_NO_FILENAMES"),
            ],
            linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]
        ),
        .target(
            name: "CLinux",
            cSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra"])]
                + (sanitized ? [.define("HANDFAST_SANITIZE")] : []) + build,
            linkerSettings: sanitized ? [] : [.linkedLibrary("jemalloc")]
        ),
        .target(name: "CArgon2", linkerSettings: [.linkedLibrary("argon2")]),
        .target(
            name: "CCurl",
            // Its headers only: libcurl is loaded when something is to be fetched.
            cSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra"])]
        ),
        .target(
            name: "CSQLite",
            cSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra"])],
            linkerSettings: [.linkedLibrary("sqlite3")]
        ),
        .target(name: "CYAML", linkerSettings: [.linkedLibrary("yaml")]),
        .target(
            name: "CPostgres",
            // Its headers only: libpq is loaded where the store is in PostgreSQL.
            cSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra"])]
        ),

        // 1½ addresses and blocks · JSON and Base64: no imports
        .target(name: "Network", swiftSettings: settings),
        .target(name: "Text", swiftSettings: settings),

        // 2 values and signatures · threads, epoll, timers, pool · bytes to requests · fetching
        .target(
            name: "Cryptography",
            dependencies: ["Network", "Text", "COpenSSL", "CArgon2"],
            swiftSettings: settings
        ),
        .target(
            name: "Reactor",
            dependencies: ["Network", "Text", "CLinux"],
            swiftSettings: settings
        ),
        .target(name: "HTTP", dependencies: ["Network", "Text"], swiftSettings: settings),
        .target(
            name: "Fetch",
            dependencies: ["Network", "CCurl", "COpenSSL"],
            swiftSettings: settings
        ),

        .target(name: "Storage", dependencies: ["Text"], swiftSettings: settings),
        .target(name: "YAML", dependencies: ["Text", "CYAML"], swiftSettings: settings),

        // 3 OpenSSL connections · decisions about tokens · counters and gauges · faults on purpose
        .target(
            name: "TLS",
            dependencies: ["Cryptography", "Text", "COpenSSL"],
            swiftSettings: settings
        ),
        .target(
            name: "OAuth",
            dependencies: ["Cryptography", "HTTP", "Storage", "Text"],
            swiftSettings: settings
        ),

        .target(
            name: "Telemetry",
            dependencies: ["Cryptography", "Reactor", "Storage"],
            swiftSettings: settings
        ),

        .target(
            name: "LoadTarget",
            dependencies: ["Cryptography", "Reactor", "Text", "YAML"],
            swiftSettings: settings
        ),

        // 4 rules of registrations · tables in SQL, and the databases that have them
        .target(
            name: "Registration",
            dependencies: ["OAuth", "Storage", "Cryptography", "Reactor", "Fetch", "Text"],
            swiftSettings: settings
        ),
        .target(
            name: "Tables",
            dependencies: ["Storage", "Cryptography", "Reactor", "Text"],
            swiftSettings: settings
        ),
        .target(
            name: "SQLiteStore",
            dependencies: ["Tables", "Storage", "Cryptography", "CSQLite", "Reactor", "Text"],
            swiftSettings: settings
        ),
        .target(
            name: "PostgresStore",
            dependencies: ["Tables", "Storage", "Cryptography", "CPostgres", "Reactor", "Text"],
            swiftSettings: settings
        ),
        .target(
            name: "Snapshots",
            dependencies: ["Storage", "Cryptography", "Reactor", "Text"],
            swiftSettings: settings
        ),

        // 5 one connection's life · what is kept current · what administrators ask · load targets
        .target(
            name: "Serving",
            dependencies: [
                "Registration", "Snapshots", "TLS", "OAuth", "Telemetry", "LoadTarget", "Storage",
                "Cryptography", "Reactor", "HTTP", "Network", "Text",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Upkeep",
            dependencies: [
                "Registration", "Snapshots", "OAuth", "Telemetry", "Storage", "Cryptography",
                "Reactor", "Fetch", "Network", "Text",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Administration",
            dependencies: [
                "Registration", "TLS", "OAuth", "Telemetry", "LoadTarget", "Storage",
                "Cryptography",
                "Reactor", "HTTP", "Network", "Text",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),

        .target(
            name: "Declaring",
            dependencies: [
                "Registration", "OAuth", "Storage", "Cryptography", "Reactor", "YAML", "Text",
            ],
            swiftSettings: settings
        ),

        .target(
            name: "Following",
            dependencies: ["Registration", "Storage", "Reactor", "Text"],
            swiftSettings: settings
        ),

        .target(
            name: "Seeding",
            dependencies: [
                "Registration", "OAuth", "Storage", "Cryptography", "Reactor", "Text",
            ],
            swiftSettings: settings
        ),

        // 6 puts the parts together
        .target(
            name: "Server",
            dependencies: [
                "Serving", "Upkeep", "Administration", "Registration", "SQLiteStore",
                "PostgresStore", "Snapshots",
                "TLS", "Seeding", "OAuth", "Telemetry", "LoadTarget", "Storage", "Cryptography",
                "Reactor",
                "HTTP", "Fetch", "Network", "YAML", "Text",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),

        // administrators' pages, beside the server
        .target(
            name: "Console",
            dependencies: [
                "Administration", "Registration", "Cryptography", "Reactor", "HTTP", "Network",
                "Text",
            ],
            swiftSettings: settings
        ),

        // 7 the programs
        .executableTarget(
            name: "handfast",
            dependencies: [
                "Server", "Console", "Administration", "Declaring", "Following", "Seeding",
                "Registration", "SQLiteStore", "PostgresStore", "OAuth", "Storage", "Cryptography",
                "Reactor", "Text",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings,
            // Tables of functions are read-only after the start; not every linker does it unasked.
            linkerSettings: [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "relro"])]
        ),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "COpenSSL", "CLinux", "Cryptography", "HTTP", "OAuth", "OAuthTesting", "Text",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks",
            exclude: [
                "README.md", "administration.py", "new_certificates.py", "refusals.py", "start.py",
            ],
            swiftSettings: settings
        ),

        .testTarget(name: "NetworkTests", dependencies: ["Network"], swiftSettings: settings),
        .testTarget(
            name: "TextTests",
            dependencies: ["Text", "TestSupport"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "YAMLTests",
            dependencies: ["YAML", "Text", "TestSupport"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CryptographyTests",
            dependencies: ["Cryptography", "TestSupport", "Text"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "HTTPTests",
            dependencies: ["HTTP", "Network", "Text"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "FetchTests",
            dependencies: ["Fetch", "Network", "Cryptography", "COpenSSL", "CCurl"],
            exclude: ["origin.py"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "TelemetryTests",
            dependencies: [
                "Telemetry", "SQLiteStore", "Storage", "StorageTesting", "TestSupport",
                "Cryptography", "Reactor",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "LoadTargetTests",
            dependencies: ["LoadTarget", "Cryptography", "Reactor", "Text", "TestSupport"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ReactorTests",
            dependencies: ["Reactor", "Text"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "OAuthTests",
            dependencies: [
                "OAuth", "OAuthTesting", "Storage", "TestSupport", "Cryptography", "HTTP",
                "Reactor", "Text",
            ],
            swiftSettings: settings
        ),
        .target(
            name: "OAuthTesting",
            dependencies: ["OAuth", "Storage", "Cryptography", "Reactor", "HTTP", "Text"],
            path: "Tests/OAuthTesting",
            swiftSettings: settings
        ),
        .target(
            name: "StorageTesting",
            dependencies: ["Storage"],
            path: "Tests/StorageTesting",
            swiftSettings: settings
        ),
        .target(
            name: "TestSupport",
            dependencies: ["Text"],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        .testTarget(
            name: "StorageContractTests",
            dependencies: [
                "Storage", "Tables", "SQLiteStore", "PostgresStore", "PostgresTesting",
                "StorageTesting",
            ],
            swiftSettings: settings
        ),
        .target(
            name: "PostgresTesting",
            dependencies: ["PostgresStore"],
            path: "Tests/PostgresTesting",
            swiftSettings: settings
        ),
        .testTarget(
            name: "PostgresStoreTests",
            dependencies: [
                "PostgresStore", "PostgresTesting", "Tables", "Storage", "StorageTesting",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SnapshotsTests",
            dependencies: ["Snapshots", "Storage", "Reactor", "TestSupport"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "TablesTests",
            dependencies: ["Tables", "Storage"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: [
                "SQLiteStore", "Tables", "Storage", "StorageTesting", "Cryptography", "CSQLite",
                "Reactor",
            ],
            exclude: ["Databases"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RegistrationTests",
            dependencies: [
                "Registration", "SQLiteStore", "OAuth", "Storage", "Cryptography", "Text",
                "TestSupport",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "TLSTests",
            dependencies: ["TLS", "Cryptography", "COpenSSL"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ServingTests",
            dependencies: [
                "OAuthTesting",
                "Serving", "SQLiteStore", "Tables", "TLS", "OAuth", "Telemetry", "Storage",
                "StorageTesting",
                "TestSupport", "Cryptography", "Reactor", "HTTP", "Network", "Text",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "UpkeepTests",
            dependencies: [
                "Upkeep", "Registration", "SQLiteStore", "Telemetry", "Storage", "StorageTesting",
                "TestSupport", "OAuth", "Fetch", "Cryptography", "Reactor", "Text",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "AdministrationTests",
            dependencies: [
                "Administration", "Registration", "SQLiteStore", "Telemetry", "Storage",
                "StorageTesting", "TestSupport", "OAuth", "OAuthTesting", "Cryptography", "Reactor",
                "HTTP", "Network", "Text",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "DeclaringTests",
            dependencies: [
                "Declaring", "Registration", "SQLiteStore", "Storage", "TestSupport",
                "Cryptography", "Reactor", "OAuth", "Text",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "FollowingTests",
            dependencies: ["Following", "SQLiteStore", "Storage", "Reactor"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SeedingTests",
            dependencies: [
                "Seeding", "SQLiteStore", "Storage", "TestSupport", "Cryptography", "COpenSSL",
                "Text",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Server", "Serving", "Upkeep", "Administration", "Seeding", "TLS", "OAuth",
                "Reactor", "Network", "TestSupport", "Cryptography", "Text",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ConsoleTests",
            dependencies: [
                "Console", "Administration", "Cryptography", "Reactor", "HTTP", "Network", "Text",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "handfastTests",
            dependencies: [
                "handfast", "Registration", "SQLiteStore", "Storage", "Cryptography", "Reactor",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "BenchmarksTests",
            dependencies: ["Benchmarks", "CLinux"],
            swiftSettings: settings
        ),
    ]
)
