import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { request as requestSecurely } from 'node:https';
import type { CheckContext } from '../../../harness/engine/index.ts';

/** Maximum wait for the response to a handshake or frame, milliseconds. */
const limitMs = 10_000;
const opcodes = { text: 1, close: 8 } as const;

/** A frame from the client, which is masked (RFC 6455 5.3). The text has less than 65,536 bytes. */
function masked(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  const head =
    payload.length < 126
      ? Buffer.from([0x80 | opcodes.text, 0x80 | payload.length])
      : Buffer.from([0x80 | opcodes.text, 0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ (mask[index % 4] as number))]);
}

/** The first frame of the server, which is short and not masked; undefined until it is complete. */
function firstFrame(bytes: Buffer): { opcode: number; payload: string } | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] as number) & 0x7f;
  const start = short === 126 ? 4 : 2;
  if (bytes.length < start) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < start + length) return undefined;
  return { opcode: (bytes[0] as number) & 0x0f, payload: bytes.toString('utf8', start, start + length) };
}

export interface Handshake {
  /** Path and query; default `/ws`. */
  path?: string;
  headers?: Readonly<Record<string, string>>;
  /** Sent as the first frame, as JSON. */
  frame?: unknown;
  /** Source address. */
  from: string;
}

/** The response to a handshake, and the first thing that the gateway sends afterwards. */
export interface HandshakeResult {
  /** 101 when the connection is open. */
  status: number;
  /** Type of the first frame of the gateway; `closed` when it ends the connection first. */
  first: string;
}

/**
 * One WebSocket handshake with the gateway, of any form. The client of Node sets the origin itself.
 * @throws Error when the gateway does not respond
 */
export function shakeHands(
  { stack, signal }: Pick<CheckContext, 'stack' | 'signal'>,
  { path = '/ws', headers = {}, frame, from }: Handshake,
): Promise<HandshakeResult> {
  const base = new URL(stack.services.gateway);
  return new Promise((resolve, reject) => {
    const send = base.protocol === 'https:' ? requestSecurely : request;
    const shaking = send({
      host: base.hostname,
      port: base.port,
      path: `${base.pathname.replace(/\/$/, '')}${path}`,
      ...(base.hostname.startsWith('127.') ? { localAddress: from } : {}),
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
        ...headers,
      },
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
    });
    shaking.on('error', reject);
    shaking.on('response', (response) => {
      response.destroy();
      resolve({ status: response.statusCode ?? 0, first: 'closed' });
    });
    shaking.on('upgrade', (_response, socket, head) => {
      let received = head;
      const end = (first: string) => {
        resolve({ status: 101, first });
        socket.destroy();
      };
      const read = () => {
        const found = firstFrame(received);
        if (found?.opcode === opcodes.close) end('closed');
        else if (found !== undefined) end(typeOf(found.payload));
      };
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        read();
      });
      socket.on('error', reject);
      socket.on('close', () => end('closed'));
      if (frame !== undefined) socket.write(masked(JSON.stringify(frame)));
      read();
    });
    shaking.end();
  });
}

function typeOf(payload: string): string {
  try {
    return String((JSON.parse(payload) as { type?: unknown }).type);
  } catch {
    return 'no JSON';
  }
}

/** Whether the gateway knows the user of a handshake afterwards. */
export async function socketAccepts(
  context: Pick<CheckContext, 'stack' | 'signal'>,
  handshake: Handshake,
): Promise<boolean> {
  return (await shakeHands(context, handshake)).first === 'authenticated';
}
