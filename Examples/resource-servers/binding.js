// SPDX-License-Identifier: Apache-2.0
// For nginx with njs: asks Handfast about a request's token (RFC 7662), and compares the certificate
// that it is bound to with the one of this connection (RFC 8705 §3). 204 admits, 401 refuses.

import crypto from 'crypto';

function thumbprint(pem) {
    const text = pem.replace(/-----[A-Z ]+-----|\s/g, '');
    return crypto.createHash('sha256').update(Buffer.from(text, 'base64')).digest('base64url');
}

function isFor(audience, claims) {
    return Array.isArray(claims.aud) ? claims.aud.includes(audience) : claims.aud === audience;
}

async function check(r) {
    try {
        const found = /^Bearer ([A-Za-z0-9._~+\/-]+=*)$/i.exec(r.headersIn.Authorization || '');
        const certificate = r.variables.ssl_client_raw_cert;
        if (!found || !certificate) {
            return r.return(401);
        }
        const answer = await r.subrequest('/introspection', {
            method: 'POST', body: 'token=' + encodeURIComponent(found[1]),
        });
        if (answer.status !== 200) {
            return r.return(503);
        }
        const claims = JSON.parse(answer.responseText);
        const bound = claims.cnf && claims.cnf['x5t#S256'];
        const isGood = claims.active === true && bound === thumbprint(certificate)
            && isFor(r.variables.audience, claims);
        return r.return(isGood ? 204 : 401);
    } catch (error) {
        r.error('token not checked: ' + error.message);
        return r.return(503);
    }
}

export default {check};
