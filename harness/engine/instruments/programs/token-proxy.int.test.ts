import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startTokenProxy } from './token-proxy.ts';

it('adds the token on one path and forwards everything else as it is', async () => {
  const seen: { headers: IncomingMessage['headers']; body: string }[] = [];
  const target = createServer(async (request, response) => {
    seen.push({ headers: request.headers, body: await text(request) });
    response.writeHead(403, { 'x-of-target': 'yes' }).end('no');
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/api/mcp`;
  try {
    await using proxy = await startTokenProxy({ target: url, token: 'of-the-test' });
    const headers = { origin: 'http://evil.example', authorization: 'Bearer other' };
    const response = await fetch(proxy.url, { method: 'POST', headers, body: '{}' });
    expect([response.status, response.headers.get('x-of-target'), await response.text()]).toEqual([
      403,
      'yes',
      'no',
    ]);
    expect((await fetch(new URL('/api/users/me', proxy.url))).status).toBe(404);
    expect(seen).toEqual([
      {
        headers: expect.objectContaining({
          authorization: 'Bearer of-the-test',
          origin: 'http://evil.example',
          host: new URL(proxy.url).host,
        }),
        body: '{}',
      },
    ]);
  } finally {
    target.closeAllConnections();
    target.close();
  }
});
