// SPDX-License-Identifier: Apache-2.0

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Exchanges a token (RFC 8693) with a client certificate, with the JDK alone; prints the status and
 * the body of the answer.
 *
 * <p>java ExchangeClient.java TOKEN-ENDPOINT SERVER.pem CLIENT.p12 PASSWORD-FILE NAME=VALUE...
 */
public final class ExchangeClient {
    private ExchangeClient() {}

    public static void main(String[] arguments) throws Exception {
        char[] password = Files.readString(Path.of(arguments[3])).strip().toCharArray();
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (var input = Files.newInputStream(Path.of(arguments[2]))) {
            own.load(input, password);
        }
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, password);
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null);
        try (var input = Files.newInputStream(Path.of(arguments[1]))) {
            trusted.setCertificateEntry(
                    "handfast", CertificateFactory.getInstance("X.509").generateCertificate(input));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);

        List<String> form = new ArrayList<>();
        for (int index = 4; index < arguments.length; index++) {
            String[] pair = arguments[index].split("=", 2);
            form.add(encoded(pair[0]) + "=" + encoded(pair[1]));
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0]))
                .timeout(Duration.ofSeconds(20))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(String.join("&", form)))
                .build();
        HttpClient client = HttpClient.newBuilder().sslContext(context)
                .connectTimeout(Duration.ofSeconds(10)).build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.statusCode());
        System.out.println(answer.body());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
