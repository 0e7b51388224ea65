import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { z } from 'zod';
import { type Content, errorBody, readMessage, replyBodies } from './gemini-format.ts';
import { type ScriptedReply, scriptIn } from './model-script.ts';

/** A request that the model server has received. */
export interface SeenModelRequest {
  method: 'generateContent' | 'streamGenerateContent' | 'countTokens';
  model: string;
  instructions: string;
  contents: readonly Content[];
  /** Names of the tools that the model may call. */
  tools: readonly string[];
  /** Absent for `countTokens`. */
  maxOutputTokens?: number;
}

/** Where checks find what the platform has sent to the model. */
export interface ModelSource {
  /** The requests whose latest message of the user contains the text, oldest first. */
  requests(text: string): readonly SeenModelRequest[];
}

/** A language model that needs no key and costs nothing: the platform talks to it as to the Gemini API. */
export interface ModelServer extends ModelSource, AsyncDisposable {
  /** For `GEMINI_API_URL`. */
  readonly url: string;
  /** For `GEMINI_API_KEY`; requests with another one are rejected. */
  readonly key: string;
}

/** How long a connection without a request stays open, milliseconds; as long as the services keep theirs. */
const keptIdleMs = 72_000;
/** Maximum number of requests in memory; the oldest are removed. */
const maxRequests = 20_000;

interface GeminiRequest {
  systemInstruction?: Content;
  contents: readonly Content[];
  tools?: readonly { functionDeclarations?: readonly { name: string }[] }[];
  generationConfig?: { maxOutputTokens?: number };
}

/**
 * Serves `countTokens`, `generateContent` and `streamGenerateContent` on a free port of the loopback interface. A
 * message with a script gets its replies (see `scriptedMessage`); any other one gets a short text about itself.
 */
export async function openModelServer(): Promise<ModelServer> {
  const key = `AIza${randomBytes(24).toString('base64url')}`;
  const seen: { message: string; request: SeenModelRequest }[] = [];
  /** Failures so far, by script and place of the reply. */
  const failures = new Map<string, number>();
  const closed = new AbortController();

  /** Whether the reply still is an error, which it counts. */
  function fails(place: string, { status, times }: z.output<typeof ScriptedReply>): boolean {
    if (status === undefined) return false;
    const before = failures.get(place) ?? 0;
    if (times !== undefined && before >= times) return false;
    failures.set(place, before + 1);
    return true;
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const match =
      /^\/v1beta\/models\/([^:/]+):(countTokens|generateContent|streamGenerateContent)(\?alt=sse)?$/.exec(
        request.url ?? '',
      );
    const [, model, method] = match ?? [];
    if (request.method !== 'POST' || model === undefined || method === undefined)
      return sendJson(response, 404, errorBody(404, { message: 'There is no such method.' }));
    if (request.headers['x-goog-api-key'] !== key)
      return sendJson(
        response,
        400,
        errorBody(400, { message: 'API key not valid.', reason: 'API_KEY_INVALID' }),
      );
    const sent = (await json(request)) as GeminiRequest & { generateContentRequest?: GeminiRequest };
    const body = sent.generateContentRequest ?? sent;
    const { message, replies } = readMessage(body.contents);
    const { maxOutputTokens } = body.generationConfig ?? {};
    seen.push({
      message,
      request: {
        method: method as SeenModelRequest['method'],
        model,
        instructions: body.systemInstruction?.parts.map(({ text }) => text ?? '').join('') ?? '',
        contents: body.contents,
        tools: (body.tools ?? []).flatMap(({ functionDeclarations = [] }) =>
          functionDeclarations.map(({ name }) => name),
        ),
        ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      },
    });
    if (seen.length > maxRequests) seen.shift();

    const script = scriptIn(message);
    const inputTokens = script?.inputTokens ?? Math.ceil(JSON.stringify(body.contents).length / 4);
    if (method === 'countTokens') return sendJson(response, 200, { totalTokens: inputTokens });
    const reply = script ? script.replies[replies] : defaultReply(message);
    if (reply === undefined)
      return sendJson(response, 400, errorBody(400, { message: 'The script has no further reply.' }));
    await send(response, reply, {
      message,
      replies,
      model,
      inputTokens,
      streamed: method !== 'generateContent',
    });
  }

  async function send(
    response: ServerResponse,
    reply: z.output<typeof ScriptedReply>,
    {
      message,
      replies,
      ...how
    }: { message: string; replies: number; model: string; inputTokens: number; streamed: boolean },
  ): Promise<void> {
    const wait = async () => {
      if (reply.delayMs) await pause(reply.delayMs, undefined, { signal: closed.signal });
    };
    if (reply.broken === 'silent') return;
    if (fails(`${replies} ${message}`, reply)) {
      await wait();
      const { status = 500, retryDelay } = reply;
      return sendJson(response, status, errorBody(status, { message: 'As the script says.', retryDelay }));
    }
    if (sendOtherBody(response, reply.broken)) return;
    const bodies = replyBodies(reply, how);
    const texts = (how.streamed ? bodies : bodies.slice(0, 1)).map((body) => {
      const text = JSON.stringify(body);
      const sent = reply.broken === 'prototype' ? pollute(text) : text;
      return how.streamed ? `data: ${sent}\r\n\r\n` : sent;
    });
    response.writeHead(200, {
      'content-type': how.streamed ? 'text/event-stream' : 'application/json; charset=UTF-8',
    });
    for (const [index, text] of texts.entries()) {
      await wait();
      if (reply.broken === 'json' && index === 0)
        response.write(how.streamed ? 'data: {"cand\r\n\r\n' : '{"cand');
      else if ((reply.broken === 'cutOff' || reply.broken === 'stalled') && index === texts.length - 1) {
        response.write(text.slice(0, text.length / 2));
        // The half must leave before the connection ends.
        if (reply.broken === 'cutOff') response.socket?.end();
        return;
      } else response.write(text);
    }
    response.end();
  }

  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      if (response.headersSent || closed.signal.aborted) response.destroy();
      else sendJson(response, 400, errorBody(400, { message: String(error) }));
    });
  });
  // Node's 5 s are so near to the time after which clients close that a busy machine cuts requests off.
  server.keepAliveTimeout = keptIdleMs;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key,
    requests: (text) => seen.filter(({ message }) => message.includes(text)).map(({ request }) => request),
    async [Symbol.asyncDispose]() {
      closed.abort(new Error('the model server is closed'));
      server.close();
      server.closeAllConnections();
    },
  };
}

const defaultReply = (message: string): z.output<typeof ScriptedReply> => ({
  text: ['You wrote: ', message.slice(0, 200)],
});

/** Sends what is no reply at all. @returns whether the reply is broken in such a way */
function sendOtherBody(response: ServerResponse, broken: z.output<typeof ScriptedReply>['broken']): boolean {
  if (broken === 'shape') sendJson(response, 200, { candidates: 'none' });
  else if (broken === 'errorBody')
    sendJson(response, 200, errorBody(500, { message: 'As the script says.' }));
  else if (broken === 'page')
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Sign in</body></html>');
  else if (broken === 'endless') {
    response.on('error', () => undefined);
    response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8' }).write('{"candidates":["');
    writeForever(response);
  } else return false;
  return true;
}

/** Bytes of an endless reply at a time, and the pause after them, milliseconds. */
const [endlessPart, endlessPauseMs] = [262_144, 20] as const;

/**
 * Writes until the other side hangs up, which only a limit of size makes it do early. Without pauses, a fast machine
 * would send more than any limit before the time is over.
 */
function writeForever(response: ServerResponse): void {
  if (response.destroyed) return;
  const next = () => setTimeout(writeForever, endlessPauseMs, response);
  if (response.write('x'.repeat(endlessPart))) next();
  else response.once('drain', next);
}

/** The same JSON with members that change the prototype of objects into which somebody copies them carelessly. */
function pollute(text: string): string {
  const member = '"__proto__":{"polluted":1}';
  return text.replace('{', `{${member},`).replace('"content":{', `"content":{${member},`);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(JSON.stringify(body));
}
