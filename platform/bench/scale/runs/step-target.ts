import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A process that responds to the steps of runs, so that its work is not done by the measured process. */
const at = '2025-08-07T12:00:00.000Z';
const token = {
  access_token: 'token-of-the-bench',
  issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  token_type: 'Bearer',
  expires_in: 900,
  scope: '',
  stands_in: false,
};

function send(response: ServerResponse, status: number, body?: unknown): void {
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function grantOf(request: Record<string, unknown>) {
  const { service, purpose, run_id, workspace_id, scopes } = request;
  const times = { created_at: at, last_used_at: null, expires_at: null, revoked_at: null };
  return { id: randomUUID(), service, purpose, run_id, workspace_id, scopes, ...times };
}

const server = createServer(async (request, response) => {
  const body = await text(request);
  const path = request.url ?? '';
  if (path === '/internal/grants') send(response, 201, grantOf(JSON.parse(body)));
  else if (path.startsWith('/internal/grants/') && request.method === 'POST') send(response, 200, token);
  else if (request.method === 'DELETE') send(response, 204);
  else
    send(response, 201, {
      id: randomUUID(),
      tenant_id: randomUUID(),
      name: 'step',
      description: null,
      is_default: false,
      role: 'owner',
      created_at: at,
      updated_at: at,
    });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`);
});
