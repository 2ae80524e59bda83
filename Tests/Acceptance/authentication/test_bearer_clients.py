# SPDX-License-Identifier: Apache-2.0
"""Authlib and Java's own HTTP client present JWTs of a partner (RFC 7523 §2.1)."""

import json
import ssl
import subprocess
import time

import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client as AuthlibOverHTTPX
from authlib.integrations.requests_client import AssertionSession
from authlib.oauth2.base import OAuth2Error
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import expect
from partners import JWT_BEARER, Partner, presenter


@pytest.fixture(scope="module")
def caller(server, pki):
    return presenter(server, pki, "caller", "--scope", "read write")


@pytest.fixture(scope="module")
def partner(server, caller, tmp_path_factory):
    return Partner(server, tmp_path_factory.mktemp("partner"), "partner", caller).wait()


@pytest.fixture(scope="module")
def private(partner):
    return partner.key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ).decode()


def checked(server, caller, token, scope):
    claims = expect.verified(token["access_token"], server.address)
    assert claims["sub"] == "partner:alice" and claims["client_id"] == caller.client_id
    assert claims["cnf"] == {"x5t#S256": caller.credential.thumbprint}
    assert token["scope"] == scope and "refresh_token" not in token


def test_authlib_signs_and_presents(server, partner, caller, trusted, private):
    """Its session for assertions signs with the partner's key whenever it wants a token."""
    session = AssertionSession(
        f"{server.url}/oauth2/token", issuer=partner.issuer, subject="alice",
        audience=server.url, claims={"jti": "authlib-1"}, scope="read", key=private,
        header={"alg": "ES256", "kid": partner.kid}, expires_in=120,
        client_id=caller.client_id,
    )  # fmt: skip
    session.cert = (str(caller.credential.certificate), str(caller.credential.key))
    session.verify, session.trust_env = trusted, False
    checked(server, caller, session.refresh_token(), "read")
    # Signed again with the same jti, which is used up.
    with pytest.raises((OAuth2Error, OAuthError), match="invalid_grant"):
        session.refresh_token()


def test_authlib_over_httpx_fetches_by_the_grant(server, partner, caller, trusted):
    context = ssl.create_default_context(cafile=trusted)
    context.load_cert_chain(caller.credential.certificate, caller.credential.key)
    with AuthlibOverHTTPX(
        caller.client_id, verify=context, token_endpoint_auth_method="none", scope="read"
    ) as session:

        def fetch(assertion):
            return session.fetch_token(
                f"{server.url}/oauth2/token", grant_type=JWT_BEARER, assertion=assertion
            )

        checked(server, caller, fetch(partner.sign()), "read")
        foreign = ec.generate_private_key(ec.SECP256R1())
        with pytest.raises(OAuthError, match="invalid_grant"):
            fetch(partner.sign(foreign))


JAVA = r"""
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.cert.*;
import java.util.*;
import javax.net.ssl.*;

public class Bearer {
    static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    public static void main(String[] args) throws Exception {
        String url = args[0], client = args[1], kid = args[4];
        var own = KeyStore.getInstance("PKCS12");
        own.load(Files.newInputStream(Path.of(args[2])), "changeit".toCharArray());
        var keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(own, "changeit".toCharArray());
        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        var server = CertificateFactory.getInstance("X.509")
            .generateCertificate(Files.newInputStream(Path.of(args[3])));
        trusted.setCertificateEntry("server", server);
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        var key = KeyFactory.getInstance("EC").generatePrivate(
            new PKCS8EncodedKeySpec(Files.readAllBytes(Path.of(args[5]))));
        String header = "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"" + kid + "\"}";
        String input = encode(header.getBytes()) + "." + encode(args[6].getBytes());
        var signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initSign(key);
        signature.update(input.getBytes(StandardCharsets.US_ASCII));
        String form = "grant_type="
            + URLEncoder.encode("urn:ietf:params:oauth:grant-type:jwt-bearer", "UTF-8")
            + "&client_id=" + client + "&assertion=" + input + "." + encode(signature.sign());
        var http = HttpClient.newBuilder().sslContext(context).build();
        for (int i = 0; i < 2; i++) {
            var answer = http.send(
                HttpRequest.newBuilder(URI.create(url + "/oauth2/token"))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(form)).build(),
                HttpResponse.BodyHandlers.ofString());
            System.out.println(answer.statusCode() + " " + answer.body());
        }
    }
}
"""


def test_java_signs_and_presents(server, partner, caller, trusted, tmp_path):
    source, store, key = tmp_path / "Bearer.java", tmp_path / "own.p12", tmp_path / "partner.der"
    source.write_text(JAVA)
    subprocess.run(
        ["openssl", "pkcs12", "-export", "-inkey", caller.credential.key,
         "-in", caller.credential.certificate, "-out", store, "-passout", "pass:changeit"],
        check=True,
    )  # fmt: skip
    key.write_bytes(
        partner.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    )
    claims = json.dumps(partner.claims(jti=f"java-{time.time()}"))
    done = subprocess.run(
        ["java", source, server.url, caller.client_id, store, trusted, partner.kid, key, claims],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("200 "), done.stdout
    checked(server, caller, json.loads(first[4:]), "read write")
    assert second.startswith("400 ") and json.loads(second[4:])["error"] == "invalid_grant"
