import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: unknown;
}

export interface Reply {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface PeerStandIn extends AsyncDisposable {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** What the next requests are answered, in order; then the last again. */
  answer(...replies: Reply[]): void;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

/** A server on the loopback interface that answers as told: the other end of a contract whose service fails at will. */
export async function startPeerStandIn(): Promise<PeerStandIn> {
  const seen: SeenRequest[] = [];
  let replies: Reply[] = [{}];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    seen.push({ method, path: url, headers, body: await readJson(request) });
    const {
      status = 200,
      body = {},
      headers: extra = {},
    } = (replies.length > 1 ? replies.shift() : replies[0]) ?? {};
    response.writeHead(status, { 'content-type': 'application/json', ...extra });
    response.end(JSON.stringify(body));
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    answer(...given) {
      replies = given;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
