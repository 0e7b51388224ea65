import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

const Recording = z.strictObject({
  about: z.string(),
  totalTokens: z.int(),
  repeat: z.boolean().default(false),
  replies: z.array(
    z.union([
      z.strictObject({ status: z.int(), json: z.unknown() }),
      z.strictObject({ status: z.int(), events: z.array(z.unknown()) }),
      z.strictObject({ status: z.int(), text: z.string() }),
      z.strictObject({ status: z.int(), bytes: z.int() }),
      z.strictObject({ silent: z.literal(true) }),
    ]),
  ),
});
type Recording = z.output<typeof Recording>;

export interface SeenRequest {
  /** `generateContent`, `streamGenerateContent` or `countTokens`. */
  method: string;
  model: string;
  key: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: expectations read single fields of any request
  body: any;
}

export interface GeminiServer {
  readonly url: string;
  /** The requests since the last `replay`, including token counts. */
  readonly seen: readonly SeenRequest[];
  /** Responds from now on with `fixtures/model-replies/<name>.json`. */
  replay(name: string, values?: Readonly<Record<string, string>>): Promise<void>;
  /** Resolves when the next request for a reply has arrived. */
  asked(): Promise<void>;
  stop(): Promise<void>;
}

const folder = join(import.meta.dirname, '..', '..', '..', '..', 'fixtures', 'model-replies');

/** A server with the protocol of the Gemini API that responds with recordings. */
export async function startGeminiServer(): Promise<GeminiServer> {
  let recording: Recording | undefined;
  let next = 0;
  const seen: SeenRequest[] = [];
  let arrived = Promise.withResolvers<void>();

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const match = /^\/v1beta\/models\/([^:]+):(\w+)(\?alt=sse)?$/.exec(request.url ?? '');
    const [, model, method] = match ?? [];
    if (recording === undefined || model === undefined || method === undefined)
      return sendJson(response, 404, { error: { code: 404, status: 'NOT_FOUND' } });
    const key = request.headers['x-goog-api-key'];
    seen.push({ method, model, key: typeof key === 'string' ? key : undefined, body: await json(request) });
    if (method === 'countTokens') return sendJson(response, 200, { totalTokens: recording.totalTokens });
    arrived.resolve();
    const reply = recording.replies[recording.repeat ? Math.min(next, recording.replies.length - 1) : next];
    next += 1;
    if (reply === undefined)
      return sendJson(response, 400, { error: { code: 400, message: 'the recording has ended' } });
    if ('silent' in reply) return;
    if ('json' in reply) return sendJson(response, reply.status, reply.json);
    if ('events' in reply) {
      response.writeHead(reply.status, { 'content-type': 'text/event-stream' });
      for (const event of reply.events) response.write(`data: ${JSON.stringify(event)}\r\n\r\n`);
      response.end();
      return;
    }
    response.writeHead(reply.status, { 'content-type': 'application/json' });
    response.end('text' in reply ? reply.text : Buffer.alloc(reply.bytes, ' '));
  }

  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async replay(name, values = {}) {
      const text = await readFile(join(folder, `${name}.json`), 'utf8');
      const filled = text.replaceAll(/\{\{(\w+)\}\}/g, (_match, variable: string) => {
        const value = values[variable];
        if (value === undefined) throw new Error(`${name} needs a value for ${variable}`);
        return value;
      });
      recording = Recording.parse(JSON.parse(filled));
      next = 0;
      seen.length = 0;
      arrived = Promise.withResolvers();
    },
    asked: () => arrived.promise,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify(body));
}
