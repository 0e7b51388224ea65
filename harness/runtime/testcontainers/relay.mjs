// Owns the network of a service's container, and connects to the service from the loopback address of the client.
//
// The engine forwards published ports from one address, so the service could not tell its clients apart. The harness
// introduces each connection with one line: `<secret> <address of the client> <port of the service>`.
//
// Plain JavaScript without packages: it runs in a container of the platform's image, given as an argument of Node.
import { createHash, timingSafeEqual } from 'node:crypto';
import { connect, createServer } from 'node:net';

/** Maximum length of the first line, bytes. */
const maxLine = 256;
/** Maximum time in which the first line arrives, milliseconds. */
const lineLimitMs = 5_000;

const { RELAY_PORT, RELAY_SECRET = '' } = process.env;

const server = createServer({ allowHalfOpen: true }, (incoming) => {
  incoming.setTimeout(lineLimitMs, () => incoming.destroy());
  incoming.on('error', () => incoming.destroy());
  let received = Buffer.alloc(0);
  incoming.on('data', function readLine(chunk) {
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf('\n');
    if (end < 0 && received.length <= maxLine) return;
    incoming.off('data', readLine);
    incoming.setTimeout(0);
    const target = end < 0 || end > maxLine ? undefined : readTarget(received.toString('latin1', 0, end));
    if (target) relay(incoming, received.subarray(end + 1), target);
    else incoming.resetAndDestroy();
  });
});
server.listen(Number(RELAY_PORT), '0.0.0.0', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`the relay listens on port ${port}`);
});

// Node is process 1 of the container, for which signals have no default action.
process.on('SIGTERM', () => process.exit(0));

/** @param {string} line */
function readTarget(line) {
  const [secret = '', address = '', port = ''] = line.split(' ');
  const hash = (/** @type {string} */ text) => createHash('sha256').update(text).digest();
  if (!timingSafeEqual(hash(secret), hash(RELAY_SECRET))) return undefined;
  if (!/^127(\.\d{1,3}){3}$/.test(address) || !/^\d{1,5}$/.test(port)) return undefined;
  return { localAddress: address, host: '127.0.0.1', port: Number(port) };
}

/**
 * @param {import('node:net').Socket} incoming
 * @param {Buffer} start what has arrived after the first line
 * @param {{localAddress: string, host: string, port: number}} target
 */
function relay(incoming, start, target) {
  const outgoing = connect({ ...target, allowHalfOpen: true });
  if (start.length > 0) outgoing.write(start);
  for (const [socket, other] of [
    [incoming, outgoing],
    [outgoing, incoming],
  ]) {
    socket.setNoDelay(true);
    socket.on('error', () => other.resetAndDestroy());
    socket.pipe(other);
  }
}
