import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: unknown;
}

export interface FakeResponse {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A server in place of the peers, with scripted responses. */
export interface FakePeer extends AsyncDisposable {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Sets the responses to the next requests, in order. The last one repeats. */
  respond(...responses: FakeResponse[]): void;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

export async function startFakePeer(): Promise<FakePeer> {
  const seen: SeenRequest[] = [];
  let responses: FakeResponse[] = [{}];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    seen.push({ method, path: url, headers, body: await readJson(request) });
    const {
      status = 200,
      body = {},
      headers: extra = {},
    } = (responses.length > 1 ? responses.shift() : responses[0]) ?? {};
    response.writeHead(status, { 'content-type': 'application/json', ...extra });
    response.end(JSON.stringify(body));
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    respond(...given) {
      responses = given;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
