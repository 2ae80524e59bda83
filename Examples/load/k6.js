// SPDX-License-Identifier: Apache-2.0
// k6: one certificate for each process. `tlsAuth` is read once, before the virtual users, and k6
// presents the first certificate of the list that the server takes: `domains` chooses none, for Go
// looks at names in servers only (https://github.com/grafana/k6/issues/4915 asks for more). So a
// test with many clients is many processes with a few virtual users each, all of one client.
//
// Before:  handfast load-target export --data load-target-data --format jsonl --out clients.jsonl
//          handfast load-target export --data load-target-data --format pem-folder \
//              --out load-target-clients        (for ca.pem; script/load-target does it)
// Run:     export SSL_CERT_FILE=$PWD/load-target-clients/ca.pem
//          for n in $(seq 20); do    # --address: each process has a port for its own API
//              k6 run --quiet -e CLIENTS=$PWD/clients.jsonl -e CLIENT=$n \
//                  --address localhost:0 --vus 2 --duration 30s Examples/load/k6.js &
//          done; wait
// Expect:  a summary of each process, with no failed check; 40 full handshakes at the target. A
//          process takes some 40 MB of memory.
import http from 'k6/http';
import { check } from 'k6';
import { SharedArray } from 'k6/data';

const clients = new SharedArray('clients', () =>
    open(__ENV.CLIENTS || 'clients.jsonl').trim().split('\n').map((line) => JSON.parse(line)));
const client = clients[(__ENV.CLIENT || 1) - 1];

export const options = {
    tlsAuth: [{ cert: client.certificate_pem, key: client.key_pem }],
};

export default function () {
    const form = { grant_type: 'client_credentials', client_id: client.client_id };
    const answer = http.post(`${__ENV.TARGET || 'https://localhost:9443'}/oauth2/token`, form);
    check(answer, { 'a token': (one) => one.status === 200 && one.json('access_token') !== undefined });
}
