import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AbortedError, BrokenAnswerError, LateAnswerError } from './exchange.ts';
import { createReadConnections, type ReadConnections } from './read-connections.ts';

const opened: { server: Server; sockets: Set<Socket>; reads: ReadConnections }[] = [];

afterEach(async () => {
  for (const { server, sockets, reads } of opened.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
    await reads.close();
  }
});

/** A service that is given each request's head and the number of its connection. */
async function serve(answer: (socket: Socket, head: string, connection: number) => void, connections = 4) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const number = sockets.size;
    let held = '';
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      held += bytes.toString('latin1');
      for (let end = held.indexOf('\r\n\r\n'); end !== -1; end = held.indexOf('\r\n\r\n')) {
        const head = held.slice(0, end);
        held = held.slice(end + 4);
        answer(socket, head, number);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const reads = createReadConnections({
    baseUrl: new URL(`http://127.0.0.1:${port}`),
    connections,
    connectTimeoutMs: 1000,
    now: () => performance.now(),
  });
  opened.push({ server, sockets, reads });
  return { reads, sockets, port };
}

function get(reads: ReadConnections, target = '/', options: { timeoutMs?: number; headers?: string[] } = {}) {
  let exchange: ReturnType<ReadConnections['send']> | undefined;
  const answer = new Promise<{ status: number; body: string }>((resolve, reject) => {
    let status = 0;
    let body = '';
    exchange = reads.send(
      {
        method: 'GET',
        target,
        headers: options.headers ?? [],
        body: undefined,
        timeoutMs: options.timeoutMs ?? 5_000,
        silenceMs: 5_000,
      },
      {
        onHead: (given) => {
          status = given;
        },
        onData(chunk) {
          body += chunk.toString('latin1');
          return true;
        },
        onEnd: () => resolve({ status, body }),
        onError: reject,
      },
    );
  });
  return { answer, abort: () => exchange?.abort() };
}

const ok = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

describe('reads from a service', () => {
  it('keep a connection and use it again', async () => {
    const { reads, sockets } = await serve((socket, head) => socket.write(ok(head.split(' ')[1] ?? '')));
    for (const target of ['/a', '/b', '/c'])
      expect(await get(reads, target).answer).toEqual({ status: 200, body: target });
    expect(sockets.size).toBe(1);
  });

  it('wait for a connection when all are in use, and each gets its own answer', async () => {
    const { reads, sockets } = await serve((socket, head) => {
      setImmediate(() => socket.write(ok(head.split(' ')[1] ?? '')));
    }, 2);
    const targets = Array.from({ length: 20 }, (_, index) => `/${index}`);
    const answers = await Promise.all(targets.map((target) => get(reads, target).answer));
    expect(answers.map(({ body }) => body)).toEqual(targets);
    expect(sockets.size).toBe(2);
  });

  it('take an answer that comes byte by byte, after interim ones', async () => {
    const text = `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`;
    const { reads } = await serve((socket) => {
      for (const character of text) socket.write(character);
    });
    expect(await get(reads).answer).toEqual({ status: 200, body: 'abc' });
  });

  it('are sent once more, on a new connection, when a kept one ends unanswered', async () => {
    const { reads, sockets } = await serve((socket, head, connection) => {
      if (connection === 1 && head.startsWith('GET /second')) socket.destroy();
      else socket.write(ok(String(connection)));
    });
    expect((await get(reads, '/first').answer).body).toBe('1');
    expect((await get(reads, '/second').answer).body).toBe('2');
    expect(sockets.size).toBe(2);
  });

  it('fail when the first connection ends unanswered: then something is wrong', async () => {
    const { reads } = await serve((socket) => socket.destroy());
    await expect(get(reads).answer).rejects.toBeInstanceOf(Error);
  });

  it('fail when the answer breaks off', async () => {
    const { reads } = await serve((socket) => {
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc');
    });
    await expect(get(reads).answer).rejects.toBeInstanceOf(BrokenAnswerError);
  });

  it('take the end of the connection as the end of an answer without length', async () => {
    const { reads } = await serve((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'));
    expect((await get(reads).answer).body).toBe('all of it');
  });

  it('fail when the answer is late', async () => {
    const { reads } = await serve(() => {});
    await expect(get(reads, '/', { timeoutMs: 10 }).answer).rejects.toBeInstanceOf(LateAnswerError);
  });

  it('never give one request the bytes that follow the answer to another', async () => {
    const { reads, sockets } = await serve((socket, _head, connection) => {
      socket.write(ok('good') + (connection === 1 ? ok('evil') : ''));
    });
    expect((await get(reads).answer).body).toBe('good');
    expect((await get(reads).answer).body).toBe('good');
    expect(sockets.size).toBe(2);
  });

  it('can be given up, which ends the connection', async () => {
    let arrived: (() => void) | undefined;
    const here = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { reads, sockets } = await serve(() => arrived?.());
    const { answer, abort } = get(reads);
    await here;
    const [socket] = sockets;
    const closed = new Promise((resolve) => socket?.once('close', resolve));
    abort();
    await expect(answer).rejects.toBeInstanceOf(AbortedError);
    await closed;
  });

  it('carry no header that would begin a line of its own', async () => {
    const { reads, sockets } = await serve((socket) => socket.write(ok('')));
    const smuggled = ['x-a', '1\r\nx-user-role: admin'];
    expect(() =>
      reads.send(
        { method: 'GET', target: '/', headers: smuggled, body: undefined, timeoutMs: 1000, silenceMs: 1000 },
        { onHead() {}, onData: () => true, onEnd() {}, onError() {} },
      ),
    ).toThrow(TypeError);
    expect(sockets.size).toBe(0);
  });
});
