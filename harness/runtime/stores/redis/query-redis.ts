import { createConnection, type NetConnectOpts } from 'node:net';
import { addAbortSignal } from 'node:stream';

/** Maximum time without data from the server, milliseconds. */
const idleLimitMs = 1_000;

/** Pings the server and returns its version. @throws Error with what it responded instead */
export async function queryVersion(
  address: NetConnectOpts,
  password: string,
  signal: AbortSignal,
): Promise<string> {
  const reply = await askRedis(address, { password, commands: ['PING', 'INFO server'] }, signal).catch(
    (error: unknown) => {
      throw new Error(`PING: ${error instanceof Error ? error.message : String(error)}`);
    },
  );
  const version = /^redis_version:(\S+)/m.exec(reply)?.[1];
  if (!reply.startsWith('+OK\r\n+PONG\r\n') || !version)
    throw new Error(`PING → ${reply.trim().slice(0, 200)}`);
  return version;
}

/** Signs in, sends the commands and returns all replies, in Redis’s protocol. */
export function askRedis(
  address: NetConnectOpts,
  { password, commands }: { password: string; commands: readonly string[] },
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let reply = '';
    const connection = addAbortSignal(signal, createConnection(address));
    connection.setEncoding('utf8');
    connection.setTimeout(idleLimitMs, () => connection.destroy(new Error('no reply')));
    // Sentinels do not know QUIT. A server closes the connection after its last reply.
    connection.on('connect', () => connection.end([`AUTH ${password}`, ...commands, ''].join('\r\n')));
    connection.on('data', (chunk: string) => {
      reply += chunk;
    });
    connection.on('end', () => resolve(reply));
    connection.on('error', reject);
  });
}
