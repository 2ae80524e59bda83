// SPDX-License-Identifier: Apache-2.0

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A resource server that admits by tokens bound to certificates (RFC 8705 §3), with the JDK alone.
 *
 * <p>java ResourceServer.java PORT SERVER.p12 PASSWORD-FILE ISSUER ISSUER.pem AUDIENCE
 */
public final class ResourceServer {
    private static final long REFETCH_NANOSECONDS = Duration.ofSeconds(10).toNanos();
    private static final long KEYS_NANOSECONDS = Duration.ofMinutes(5).toNanos();
    private static final Base64.Decoder BASE64URL = Base64.getUrlDecoder();

    private final String issuer;
    private final String audience;
    private final HttpClient client;
    private volatile Map<String, PublicKey> keys = Map.of();
    private long fetched = System.nanoTime() - KEYS_NANOSECONDS;

    private ResourceServer(String issuer, Path trusted, String audience) throws Exception {
        this.issuer = issuer;
        this.audience = audience;
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        try (var input = Files.newInputStream(trusted)) {
            store.setCertificateEntry(
                    "handfast", CertificateFactory.getInstance("X.509").generateCertificate(input));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        client = HttpClient.newBuilder().sslContext(context)
                .connectTimeout(Duration.ofSeconds(5)).build();
    }

    public static void main(String[] arguments) throws Exception {
        var guard = new ResourceServer(arguments[3], Path.of(arguments[4]), arguments[5]);
        char[] password = Files.readString(Path.of(arguments[2])).strip().toCharArray();
        var server = HttpsServer.create(
                new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])), 0);
        server.setHttpsConfigurator(new Configurator(context(Path.of(arguments[1]), password)));
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.createContext("/", guard::answer);
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<?, ?> claims = null;
            try {
                claims = claims(exchange);
            } catch (GeneralSecurityException | RuntimeException | IOException refused) {
                // Malformed, tampered, or the keys cannot be had: fails closed.
            }
            if (claims == null) {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer error=\"invalid_token\"");
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            byte[] body = ("for " + claims.get("client_id") + "\n").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** The claims of a request's token, or null. */
    private Map<?, ?> claims(HttpExchange exchange) throws GeneralSecurityException, IOException {
        List<String> fields = exchange.getRequestHeaders().getOrDefault("Authorization", List.of());
        if (fields.size() != 1 || !fields.get(0).regionMatches(true, 0, "Bearer ", 0, 7)) {
            return null;
        }
        String[] parts = fields.get(0).substring(7).split("\\.", -1);
        if (parts.length != 3) {
            return null;
        }
        Map<?, ?> header = object(parts[0]);
        if (!"ES256".equals(header.get("alg")) || !"at+jwt".equals(header.get("typ"))) {
            return null;
        }
        PublicKey key = key((String) header.get("kid"));
        if (key == null) {
            return null;
        }
        // RFC 7518 §3.4: r and s, one after the other.
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initVerify(key);
        signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        byte[] proof = BASE64URL.decode(parts[2]);
        // Java before 17.0.3 takes a signature whose r or s is zero (CVE-2022-21449).
        if (proof.length != 64 || isZero(proof, 0) || isZero(proof, 32) || !signature.verify(proof)) {
            return null;
        }
        Map<?, ?> claims = object(parts[1]);
        Object audiences = claims.get("aud");
        boolean isForUs = audiences instanceof List<?> list
                ? list.contains(audience) : audience.equals(audiences);
        long now = System.currentTimeMillis() / 1000;
        if (!isForUs || !issuer.equals(claims.get("iss")) || (Long) claims.get("exp") <= now) {
            return null;
        }
        return isBound(claims, (HttpsExchange) exchange) ? claims : null;
    }

    /** Whether 32 bytes from `start` are zero. */
    private static boolean isZero(byte[] bytes, int start) {
        for (int index = start; index < start + 32; index++) {
            if (bytes[index] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether the certificate of this connection is the token's (RFC 8705 §3.1). */
    private static boolean isBound(Map<?, ?> claims, HttpsExchange exchange)
            throws GeneralSecurityException {
        X509Certificate shown;
        try {
            shown = (X509Certificate) exchange.getSSLSession().getPeerCertificates()[0];
        } catch (SSLPeerUnverifiedException none) {
            return false;
        }
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(shown.getEncoded());
        return claims.get("cnf") instanceof Map<?, ?> cnf
                && cnf.get("x5t#S256") instanceof String bound
                && MessageDigest.isEqual(digest, BASE64URL.decode(bound));
    }

    /** The key of this name, fetched anew when it is unknown, but not for each stranger. */
    private PublicKey key(String kid) throws GeneralSecurityException, IOException {
        boolean isDue;
        synchronized (this) {
            long age = System.nanoTime() - fetched;
            isDue = age >= KEYS_NANOSECONDS || !keys.containsKey(kid) && age >= REFETCH_NANOSECONDS;
            if (isDue) {
                fetched = System.nanoTime();
            }
        }
        // Beside the others, who go on with the keys that are there.
        if (isDue) {
            keys = fetch();
        }
        return keys.get(kid);
    }

    private Map<String, PublicKey> fetch() throws GeneralSecurityException, IOException {
        HttpResponse<String> response;
        try {
            response = client.send(
                    HttpRequest.newBuilder(URI.create(issuer + "/oauth2/jwks"))
                            .timeout(Duration.ofSeconds(5)).build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException interrupted) {
            throw new IOException(interrupted);
        }
        if (response.statusCode() != 200) {
            throw new IOException("status " + response.statusCode());
        }
        AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
        curve.init(new ECGenParameterSpec("secp256r1"));
        var found = new HashMap<String, PublicKey>();
        for (Object one : (List<?>) new JSON(response.body()).object().get("keys")) {
            Map<?, ?> key = (Map<?, ?>) one;
            if (!"P-256".equals(key.get("crv"))) {
                continue;
            }
            var point = new ECPoint(coordinate(key.get("x")), coordinate(key.get("y")));
            var spec = new ECPublicKeySpec(point, curve.getParameterSpec(ECParameterSpec.class));
            found.put((String) key.get("kid"), KeyFactory.getInstance("EC").generatePublic(spec));
        }
        return found;
    }

    private static BigInteger coordinate(Object text) {
        return new BigInteger(1, BASE64URL.decode((String) text));
    }

    private static Map<?, ?> object(String part) {
        return new JSON(new String(BASE64URL.decode(part), StandardCharsets.UTF_8)).object();
    }

    private static SSLContext context(Path file, char[] password) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (var input = Files.newInputStream(file)) {
            store.load(input, password);
        }
        var own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(store, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), new TrustManager[] {new AnyClient()}, null);
        return context;
    }

    /** Asks each client for its certificate, and goes on without one. */
    private static final class Configurator extends HttpsConfigurator {
        Configurator(SSLContext context) {
            super(context);
        }

        @Override
        public void configure(HttpsParameters parameters) {
            SSLParameters wanted = getSSLContext().getDefaultSSLParameters();
            wanted.setWantClientAuth(true);
            parameters.setSSLParameters(wanted);
        }
    }

    /** Accepts every client's certificate: the handshake proves its key, and the token names it. */
    private static final class AnyClient extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            throw new UnsupportedOperationException();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** A reader of JSON (RFC 8259) that refuses names that are there twice; integers only. */
    private static final class JSON {
        private static final int DEPTH_MAX = 16;
        private final String text;
        private int index;

        JSON(String text) {
            this.text = text;
        }

        Map<?, ?> object() {
            Object found = value(0);
            require(index == text.length());
            return (Map<?, ?>) found;
        }

        private Object value(int depth) {
            require(depth < DEPTH_MAX);
            space();
            Object found = switch (text.charAt(index)) {
                case '{' -> members(depth);
                case '[' -> elements(depth);
                case '"' -> string();
                case 't' -> word("true", Boolean.TRUE);
                case 'f' -> word("false", Boolean.FALSE);
                case 'n' -> word("null", null);
                default -> number();
            };
            space();
            return found;
        }

        private Map<String, Object> members(int depth) {
            var found = new HashMap<String, Object>();
            index++;
            space();
            if (take('}')) {
                return found;
            }
            do {
                space();
                String name = string();
                space();
                require(take(':'));
                require(!found.containsKey(name));
                found.put(name, value(depth + 1));
            } while (take(','));
            require(take('}'));
            return found;
        }

        private List<Object> elements(int depth) {
            var found = new ArrayList<Object>();
            index++;
            space();
            if (take(']')) {
                return found;
            }
            do {
                found.add(value(depth + 1));
            } while (take(','));
            require(take(']'));
            return found;
        }

        private String string() {
            require(take('"'));
            var found = new StringBuilder();
            while (true) {
                char next = text.charAt(index++);
                if (next == '"') {
                    return found.toString();
                }
                require(next >= ' ');
                found.append(next == '\\' ? escaped() : next);
            }
        }

        private char escaped() {
            char next = text.charAt(index++);
            if (next == 'u') {
                index += 4;
                return (char) Integer.parseInt(text.substring(index - 4, index), 16);
            }
            int place = "\"\\/bfnrt".indexOf(next);
            require(place >= 0);
            return "\"\\/\b\f\n\r\t".charAt(place);
        }

        private Long number() {
            int start = index;
            while (index < text.length() && "-0123456789".indexOf(text.charAt(index)) >= 0) {
                index++;
            }
            return Long.valueOf(text.substring(start, index));
        }

        private Object word(String word, Object meaning) {
            require(text.startsWith(word, index));
            index += word.length();
            return meaning;
        }

        private void space() {
            while (index < text.length() && " \t\r\n".indexOf(text.charAt(index)) >= 0) {
                index++;
            }
        }

        private boolean take(char expected) {
            boolean isThere = index < text.length() && text.charAt(index) == expected;
            index += isThere ? 1 : 0;
            return isThere;
        }

        private static void require(boolean condition) {
            if (!condition) {
                throw new IllegalArgumentException("no JSON");
            }
        }
    }
}
