// SPDX-License-Identifier: Apache-2.0
// Gatling: each virtual user is a client of its own, by perUserKeyManagerFactory.
//
// Before:  handfast load-target export --data load-target-data --format pkcs12 --first 100 --out keystores
// Run:     copied to src/test/java of a Gatling project (3.11 or later), with Maven:
//          mvn gatling:test -Dgatling.simulationClass=LoadTargetSimulation \
//              -Dkeystores=$PWD/keystores -Dclients=100 -Dtarget=https://localhost:9443
// Expect:  2,000 requests "token" without a KO, and 100 full handshakes at the target.
//
// A user keeps its connection. Gatling trusts any server's certificate unless gatling.conf says
// otherwise.
import static io.gatling.javaapi.core.CoreDsl.*;
import static io.gatling.javaapi.http.HttpDsl.*;

import io.gatling.javaapi.core.ScenarioBuilder;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import javax.net.ssl.KeyManagerFactory;

public class LoadTargetSimulation extends Simulation {
    private static final Path KEYSTORES = Path.of(System.getProperty("keystores", "keystores"));
    private static final int CLIENTS = Integer.getInteger("clients", 100);
    private static final char[] PASSWORD = "handfast".toCharArray();

    /** Users beyond the last client begin again at the first. */
    private static String clientId(long user) {
        return String.format("load-%06d", Math.floorMod(user, (long) CLIENTS) + 1);
    }

    private static KeyManagerFactory keys(long user) {
        try (InputStream file = Files.newInputStream(KEYSTORES.resolve(clientId(user) + ".p12"))) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(file, PASSWORD);
            KeyManagerFactory made =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            made.init(store, PASSWORD);
            return made;
        } catch (IOException | GeneralSecurityException error) {
            throw new IllegalStateException("no keys for " + clientId(user), error);
        }
    }

    private final HttpProtocolBuilder protocol =
        http.baseUrl(System.getProperty("target", "https://localhost:9443"))
            .perUserKeyManagerFactory(LoadTargetSimulation::keys)
            .disableWarmUp();

    private final ScenarioBuilder tokens =
        scenario("tokens")
            .repeat(20)
            .on(
                exec(
                    http("token")
                        .post("/oauth2/token")
                        .formParam("grant_type", "client_credentials")
                        .formParam("client_id", session -> clientId(session.userId()))
                        .check(status().is(200), jmesPath("access_token").exists())),
                pause(Duration.ofMillis(100)));

    {
        setUp(tokens.injectOpen(rampUsers(CLIENTS).during(Duration.ofSeconds(10))))
            .protocols(protocol);
    }
}
