// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The fuzzing targets; `script/fuzz` reads the names from here.
enum Target: String {
    case distinguishedName = "distinguished-name"
    case alternativeName = "alternative-name"
    case certificate = "certificate"
    case certificateFields = "certificate-fields"
    case pem = "pem"
    case keystore = "keystore"
    case revocationList = "revocation-list"
    case keySet = "key-set"
    case spiffeID = "spiffe-id"
    case spiffeBundle = "spiffe-bundle"
    case assertion = "assertion"
    case issuerToken = "issuer-token"
    case json = "json"
    case yaml = "yaml"
    case request = "request"
    case form = "form"
    case proxyHeader = "proxy-header"
    case address = "address"
    case rate = "rate"
    case actorChain = "actor-chain"
    case exchange = "exchange"
    case tokenEndpoint = "token-endpoint"

    /// The one that the environment names.
    static let chosen: Target = {
        // SAFETY: getenv returns NULL or a NUL-terminated text, which is copied before anything
        // can change the environment.
        guard let name = unsafe getenv("HANDFAST_FUZZ_TARGET"),
            let target = Target(rawValue: unsafe String(cString: name))
        else { preconditionFailure("HANDFAST_FUZZ_TARGET names no target") }
        return target
    }()

    /// Gives an input to the code that is fuzzed, and ends the run where that breaks a promise.
    func test(_ input: [UInt8]) {
        switch self {
        case .distinguishedName: DistinguishedNameTarget.test(input)
        case .alternativeName: AlternativeNameTarget.test(input)
        case .certificate: CertificateTarget.test(input)
        case .certificateFields: CertificateFieldsTarget.test(input)
        case .pem: PEMTarget.test(input)
        case .keystore: KeystoreTarget.test(input)
        case .revocationList: RevocationListTarget.test(input)
        case .keySet: KeySetTarget.test(input)
        case .spiffeID: SPIFFEIDTarget.test(input)
        case .spiffeBundle: SPIFFEBundleTarget.test(input)
        case .assertion: AssertionTarget.test(input)
        case .issuerToken: IssuerTokenTarget.test(input)
        case .json: JSONTarget.test(input)
        case .yaml: YAMLTarget.test(input)
        case .request: RequestTarget.test(input)
        case .form: FormTarget.test(input)
        case .proxyHeader: ProxyHeaderTarget.test(input)
        case .address: AddressTarget.test(input)
        case .rate: RateTarget.test(input)
        case .actorChain: ActorChainTarget.test(input)
        case .exchange: ExchangeTarget.test(input)
        case .tokenEndpoint: TokenEndpointTarget.test(input)
        }
    }
}

/// Called by libFuzzer for each input.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer gives `count` bytes and keeps them for the call; they are copied.
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    Target.chosen.test(input)
    return 0
}

/// Ends the run where `isKept` is false, so that libFuzzer keeps the input.
func claim(_ isKept: Bool, _ promise: @autoclosure () -> String) {
    guard !isKept else { return }
    print("broken promise: \(promise())")
    fflush(nil)
    abort()
}

/// The parts of an input that line feeds separate, `countMax` at most; the last takes the rest.
func lines(_ input: some Collection<UInt8>, countMax: Int = .max) -> [[UInt8]] {
    input.split(
        separator: UInt8(ascii: "\n"),
        maxSplits: countMax == .max ? .max : countMax - 1,
        omittingEmptySubsequences: false
    ).map { Array($0) }
}
