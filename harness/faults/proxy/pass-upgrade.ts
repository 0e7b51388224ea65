import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { localAddressFor, pathAt } from './forward-exchange.ts';

/**
 * Connects a client that asks for a WebSocket with the service. What they send passes unchanged.
 * @param head the first bytes of the client after its request
 */
export function passUpgrade(
  upstream: string,
  incoming: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>,
  { socket, head, from }: { socket: Duplex; head: Buffer; from: string | undefined },
): void {
  const target = new URL(upstream);
  const localAddress = localAddressFor(target, from);
  const service = connect({
    host: target.hostname,
    port: Number(target.port || 80),
    ...(localAddress ? { localAddress } : {}),
  });
  const lines = [`${incoming.method} ${pathAt(target, incoming.url ?? '/')} HTTP/1.1`];
  for (let index = 0; index < incoming.rawHeaders.length; index += 2)
    lines.push(`${incoming.rawHeaders[index]}: ${incoming.rawHeaders[index + 1]}`);
  service.write(`${lines.join('\r\n')}\r\n\r\n`);
  service.write(head);
  for (const [one, other] of [
    [socket, service],
    [service, socket],
  ] as const) {
    one.pipe(other);
    one.on('error', () => other.destroy()).on('close', () => other.destroy());
  }
}
