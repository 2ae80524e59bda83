# SPDX-License-Identifier: Apache-2.0
"""Allowed imports of each module, by floor (ARCHITECTURE.md): lower targets, packages."""

IMPORTS = {
    "Network": set(), "Text": set(), "Storage": {"Text"},
    "Cryptography": {"Network", "Text", "COpenSSL", "CArgon2"},
    "Reactor": {"Network", "Text", "CLinux"},
    "HTTP": {"Network", "Text"},
    "Fetch": {"Network", "CCurl", "COpenSSL"},
    "TLS": {"Cryptography", "Text", "COpenSSL"},
    "OAuth": {"Cryptography", "HTTP", "Storage", "Text"},
    "Telemetry": {"Cryptography", "Reactor", "Storage"},
    "LoadTarget": {"Cryptography", "Reactor", "Text", "YAML"},
    "YAML": {"Text", "CYAML"},
    "Registration": {"OAuth", "Storage", "Cryptography", "Reactor", "Fetch", "Text"},
    "Tables": {"Storage", "Cryptography", "Reactor", "Text"},
    "SQLiteStore": {"Tables", "Storage", "Cryptography", "CSQLite", "Reactor", "Text"},
    "PostgresStore": {"Tables", "Storage", "Cryptography", "CPostgres", "Reactor", "Text"},
    "Snapshots": {"Storage", "Cryptography", "Reactor", "Text"},
    "Serving": {
        "Registration", "Snapshots", "TLS", "OAuth", "Telemetry", "LoadTarget", "Storage",
        "Cryptography", "Reactor", "HTTP", "Network", "Text", "Logging",
    },
    "Upkeep": {
        "Registration", "Snapshots", "OAuth", "Telemetry", "Storage", "Cryptography", "Reactor",
        "Fetch", "Network", "Text", "Logging",
    },
    "Administration": {
        "Registration", "TLS", "OAuth", "Telemetry", "LoadTarget", "Storage", "Cryptography",
        "Reactor", "HTTP", "Network", "Text", "Logging",
    },
    "Declaring": {
        "Registration", "OAuth", "Storage", "Cryptography", "Reactor", "YAML", "Text",
    },
    "Following": {"Registration", "Storage", "Reactor", "Text"},
    "Seeding": {"Registration", "OAuth", "Storage", "Cryptography", "Reactor", "Text"},
    "Server": {
        "Serving", "Upkeep", "Administration", "Seeding", "Registration", "SQLiteStore",
        "PostgresStore", "Snapshots", "TLS", "OAuth", "Telemetry", "LoadTarget", "Storage",
        "Cryptography", "Reactor", "HTTP", "Fetch", "Network", "YAML", "Text", "Logging",
    },
    "Console": {
        "Administration", "Registration", "Cryptography", "Reactor", "HTTP", "Network", "Text",
    },
    "handfast": {
        "Server", "Console", "Administration", "Declaring", "Following", "Seeding",
        "Registration", "SQLiteStore", "PostgresStore", "OAuth", "Storage", "Cryptography",
        "Reactor", "Text", "ArgumentParser",
    },
    "Benchmarks": {
        "COpenSSL", "CLinux", "Cryptography", "HTTP", "OAuth", "OAuthTesting", "Text", "Histogram",
        "ArgumentParser", "Foundation",
    },
    "Fuzz": {
        "OAuth", "OAuthTesting", "Cryptography", "HTTP", "Storage", "Fetch", "Network", "Text",
        "YAML", "CCurl", "Foundation",
    },
}  # fmt: skip
