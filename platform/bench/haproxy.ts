import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type Processes, type Running } from './processes.ts';
import { audience, issuer } from './tokens.ts';

export interface Listening extends Running {
  port: number;
}

interface HaproxyOptions {
  command: string;
  folder: string;
  cores: string;
  signal: AbortSignal;
}

const head = `
global
  nbthread 1
  maxconn 4000
  log stderr format raw local0 notice
defaults
  mode http
  option http-keep-alive
  http-reuse always
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 60s
`;

async function start(
  processes: Processes,
  options: HaproxyOptions & { name: string; config: string; port: number },
): Promise<Listening> {
  const file = join(options.folder, `${options.name}.cfg`);
  await writeFile(file, options.config);
  const running = await processes.start(
    {
      name: options.name,
      command: options.command,
      // Verbose: only this level reports that the listener is up.
      args: ['-V', '-db', '-f', file],
      cores: options.cores,
      ready: /Using .+\(\) as the polling mechanism/,
    },
    options.signal,
  );
  return { ...running, port: options.port };
}

/** Starts a minimal service: it returns one short JSON response to every request, and the key set of the gateway. */
export async function startTinyUpstream(
  processes: Processes,
  options: HaproxyOptions & { jwks: object },
): Promise<Listening> {
  const port = await freePort();
  const jwks = join(options.folder, 'jwks.json');
  await writeFile(jwks, JSON.stringify(options.jwks));
  const config = `${head}
frontend tiny
  bind 127.0.0.1:${port}
  http-request return status 200 content-type application/json file ${jwks} if { path /.well-known/jwks.json }
  http-request return status 200 content-type application/json string '{"id":"1","name":"one"}'
`;
  return start(processes, { ...options, name: 'tiny-upstream', config, port });
}

/**
 * Starts the peer of the gateway. It verifies the signature (RS256), issuer, audience and expiry of every token, counts
 * requests per user in a stick table, and forwards the request.
 */
export async function startVerifyingHaproxy(
  processes: Processes,
  options: HaproxyOptions & { publicPem: string; upstreamPort: number },
): Promise<Listening> {
  const port = await freePort();
  const pem = join(options.folder, 'public.pem');
  await writeFile(pem, options.publicPem);
  const config = `${head}
frontend peer
  bind 127.0.0.1:${port}
  stick-table type string len 40 size 100k expire 1h store http_req_rate(1h)
  http-request deny deny_status 401 unless { req.hdr(authorization) -m found }
  http-request set-var(txn.token) http_auth_bearer
  http-request set-var(txn.alg) var(txn.token),jwt_header_query('$.alg')
  http-request set-var(txn.iss) var(txn.token),jwt_payload_query('$.iss')
  http-request set-var(txn.aud) var(txn.token),jwt_payload_query('$.aud')
  http-request set-var(txn.exp) var(txn.token),jwt_payload_query('$.exp','int')
  http-request set-var(txn.sub) var(txn.token),jwt_payload_query('$.sub')
  http-request set-var(txn.now) date()
  http-request deny deny_status 401 unless { var(txn.alg) -m str RS256 }
  http-request deny deny_status 401 unless { var(txn.iss) -m str ${issuer} }
  http-request deny deny_status 401 unless { var(txn.aud) -m str ${audience} }
  http-request deny deny_status 401 if { var(txn.exp),sub(txn.now) -m int lt 0 }
  http-request deny deny_status 401 unless { var(txn.token),jwt_verify(txn.alg,"${pem}") -m int 1 }
  http-request track-sc0 var(txn.sub)
  http-request deny deny_status 429 if { sc_http_req_rate(0) gt 99999999 }
  default_backend tiny
backend tiny
  server tiny 127.0.0.1:${options.upstreamPort}
`;
  return start(processes, { ...options, name: 'haproxy', config, port });
}
