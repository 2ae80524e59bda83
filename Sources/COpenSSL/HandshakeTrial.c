// SPDX-License-Identifier: Apache-2.0
#include "HandshakeTrial.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "Library.h"
#include "Session.h"

// A flight of the longest chain that a file may hold is a few dozen times what the pair of BIOs holds at once.
enum { STEPS_MAX = 1024 };

typedef enum { STEP_DONE, STEP_GOES_ON, STEP_FAILED } Step;

static Step step(SSL *ssl, int (*handshake)(SSL *)) {
    ERR_clear_error();
    int result = handshake(ssl);
    if (result == 1) return STEP_DONE;
    int error = SSL_get_error(ssl, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? STEP_GOES_ON : STEP_FAILED;
}

static handfast_trial run(SSL *server, SSL *client) {
    Step there = STEP_GOES_ON, here = STEP_GOES_ON;
    for (int count = 0; count < STEPS_MAX; count++) {
        if (there != STEP_DONE) there = step(client, SSL_do_handshake);
        if (there == STEP_FAILED) return HANDFAST_TRIAL_CLIENT_FAILED;
        // As a reactor does it, with its prepared signatures and its cache.
        if (here != STEP_DONE) here = step(server, handfast_handshake);
        if (here == STEP_FAILED) return HANDFAST_TRIAL_SERVER_FAILED;
        if (here == STEP_DONE && there == STEP_DONE) return HANDFAST_TRIAL_DONE;
    }
    return HANDFAST_TRIAL_SERVER_FAILED;
}

static int accept_any(X509_STORE_CTX *verification, void *argument) {
    (void)argument;
    X509_STORE_CTX_set_error(verification, X509_V_OK);
    return 1;
}

// The client lives in the whole context: what the server's provider leaves out, clients have all the same.
static SSL_CTX *new_client(int version) {
    SSL_CTX *context = SSL_CTX_new_ex(handfast_library(), NULL, TLS_client_method());
    if (!context) return NULL;
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_cert_verify_callback(context, accept_any, NULL);
    if (SSL_CTX_set_min_proto_version(context, version) && SSL_CTX_set_max_proto_version(context, version)) return context;
    SSL_CTX_free(context);
    return NULL;
}

handfast_trial handfast_handshake_trial(SSL_CTX *context, int version) {
    BIO *here = NULL, *there = NULL;
    SSL_CTX *clients = new_client(version);
    SSL *server = SSL_new(context), *client = clients ? SSL_new(clients) : NULL;
    handfast_trial end = HANDFAST_TRIAL_SERVER_FAILED;
    if (server && client && BIO_new_bio_pair(&here, 0, &there, 0) == 1) {
        // Each connection owns its half, and frees it.
        SSL_set_bio(server, here, here);
        SSL_set_bio(client, there, there);
        SSL_set_accept_state(server);
        SSL_set_connect_state(client);
        end = run(server, client);
    }
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(clients);
    return end;
}
