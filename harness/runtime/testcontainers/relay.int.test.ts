import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Forwarder, openForwarder } from './forwarder.ts';

const secret = 'the-secret-of-this-run';

/** A service that responds with the address of its client and the body that it has received. */
const service = createServer(async (incoming, response) => {
  response.end(`${incoming.socket.remoteAddress} ${await text(incoming)}`);
});
let relay: ChildProcess;
let relayPort: number;
let forwarder: Forwarder;

// Only Linux accepts every address of 127.0.0.0/8 without configuration.
describe.runIf(process.platform === 'linux')('a relay', () => {
  beforeAll(async () => {
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
    const source = await readFile(fileURLToPath(new URL('./relay.mjs', import.meta.url)), 'utf8');
    relay = spawn(process.execPath, ['--input-type=module', '--eval', source], {
      env: { RELAY_PORT: '0', RELAY_SECRET: secret },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface({ input: relay.stdout as Readable }), 'line');
    relayPort = Number(/\d+$/.exec(line)?.[0]);
    forwarder = await openForwarder('127.0.0.1');
    const { port } = service.address() as AddressInfo;
    forwarder.forwardTo({
      host: '127.0.0.1',
      port: relayPort,
      introduction: (address) => `${secret} ${address} ${port}\n`,
    });
  });
  afterAll(async () => {
    await forwarder[Symbol.asyncDispose]();
    const ended = once(relay, 'exit');
    relay.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    service.close();
  });

  test('passes on the loopback address of each client', async () => {
    const body = 'x'.repeat(300_000);
    expect(
      await Promise.all(['127.0.0.1', '127.1.2.3', '127.254.0.9'].map((address) => post(address, body))),
    ).toEqual([`127.0.0.1 ${body}`, `127.1.2.3 ${body}`, `127.254.0.9 ${body}`]);
  });

  test.each([
    ['another secret', 'guess 127.0.0.5 PORT\n'],
    ['an address outside of the loopback network', `${secret} 10.0.0.1 PORT\n`],
    ['no address', `${secret}\n`],
    ['an endless line', 'x'.repeat(1_000)],
    ['a request without an introduction', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'],
  ])('rejects a connection with %s', async (_, line) => {
    const { port } = service.address() as AddressInfo;
    const socket = connect(relayPort, '127.0.0.1');
    socket.write(`${line.replace('PORT', String(port))}GET / HTTP/1.1\r\nhost: x\r\n\r\n`);
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });

  test('resets the connection when the service refuses it', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    const socket = connect(relayPort, '127.0.0.1');
    socket.write(`${secret} 127.0.0.1 ${port}\n`);
    expect(await once(socket, 'error')).toMatchObject([{ code: 'ECONNRESET' }]);
  });
});

async function post(localAddress: string, body: string): Promise<string> {
  const outgoing = request({ host: '127.0.0.1', port: forwarder.port, localAddress, method: 'POST' });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  return text(response);
}
