import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import type { LinkTarget } from './link-address.ts';

/**
 * What happens on a link: connections are refused, reset when they are opened, or accepted and never answered; each
 * part of an answer arrives later; or a connection is cut after a number of bytes of its answers.
 */
export type LinkFault = 'refused' | 'reset' | 'silent' | { delayMs: number } | { cutAfterBytes: number };

/** A port of this machine through which a service reaches a peer or a store. */
export interface Link extends AsyncDisposable {
  readonly port: number;
  /** Where new connections lead. Before the first call they are reset. */
  leadTo(target: LinkTarget): void;
  /** Where it leads; undefined before the first `leadTo`. */
  readonly target: LinkTarget | undefined;
  /** Sets or lifts the fault. Open connections are cut: they were made without it. */
  set(fault: LinkFault | undefined): Promise<void>;
}

/** Opens a link on a free port of the loopback interface. */
export async function openLink(): Promise<Link> {
  const sockets = new Set<Socket>();
  let target: LinkTarget | undefined;
  let fault: LinkFault | undefined;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    track(client);
    if (fault === 'reset' || target === undefined) client.resetAndDestroy();
    else if (fault !== 'silent') join(client, target, fault);
  });
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  }

  function join(client: Socket, to: LinkTarget, active: LinkFault | undefined): void {
    const upstream = connect({ ...to, allowHalfOpen: true });
    track(upstream);
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
    client.pipe(upstream);
    const change = changeOf(active, () => {
      client.resetAndDestroy();
    });
    if (change === undefined) upstream.pipe(client);
    else upstream.pipe(change).pipe(client);
  }

  function cutAll(): void {
    for (const socket of sockets) socket.destroy();
  }

  return {
    port,
    get target() {
      return target;
    },
    leadTo(next) {
      target = next;
    },
    async set(next) {
      fault = next;
      if (next === 'refused' && server.listening) {
        const closed = once(server, 'close');
        server.close();
        cutAll();
        await closed;
        return;
      }
      if (next !== 'refused' && !server.listening) await listen(server, port);
      cutAll();
    },
    async [Symbol.asyncDispose]() {
      cutAll();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      cutAll();
      await closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  const listening = once(server, 'listening');
  server.listen(port, '127.0.0.1');
  await listening;
}

/** What the bytes of answers pass through; undefined: nothing. */
function changeOf(fault: LinkFault | undefined, cut: () => void): Transform | undefined {
  if (typeof fault !== 'object') return undefined;
  if ('delayMs' in fault) {
    const { delayMs } = fault;
    return new Transform({
      transform(chunk, _encoding, done) {
        setTimeout(() => done(null, chunk), delayMs);
      },
    });
  }
  let left = fault.cutAfterBytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      done(null, part);
      if (left === 0) setImmediate(cut);
    },
  });
}
