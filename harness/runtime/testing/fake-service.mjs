// A service for tests of the runtime. FAKE selects its behaviour. It listens on the inherited socket, else on PORT.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const [behaviour, ...rest] = (process.env.FAKE ?? 'ready').split(':');
const argument = rest.join(':');
const { SERVICE_NAME: name = '', LISTEN_FD, PORT } = process.env;

console.log(`fake ${name} does ${behaviour}`);
if (behaviour === 'exit') {
  console.error('ImportError: cannot import name app');
  process.exit(Number(argument));
}
// Another service counts its starts: a container keeps no file.
if (
  behaviour === 'start-once' &&
  (await (await fetch(`${process.env.USER_SERVICE_URL}/count`)).text()) !== '1'
)
  process.exit(9);
if (behaviour === 'hang') {
  console.error('waiting for a lock that is never released');
  setInterval(() => {}, 1_000);
} else {
  // It has its own session and an environment without the run id, like a daemon or a browser.
  if (behaviour === 'spawn')
    spawn('sleep', ['1000'], { detached: true, stdio: 'ignore', env: { PATH: process.env.PATH } });
  let probes = 0;
  let counted = 0;
  const server = createServer((request, response) => {
    if (request.url === '/crash') process.exit(3);
    if (request.url === '/count') {
      counted += 1;
      response.end(String(counted));
      return;
    }
    probes += 1;
    const ready = behaviour !== 'never-ready' && (behaviour !== 'ready-after' || probes > Number(argument));
    response.statusCode = ready ? 200 : 503;
    response.setHeader('content-type', 'application/json');
    const checks = { postgres: { status: 'failed', error: '28P01 password authentication failed' } };
    response.end(
      JSON.stringify({
        status: ready ? 'ready' : 'not-ready',
        startedAt: performance.timeOrigin,
        now: Date.now(),
        service: behaviour === 'respond-as' ? argument : name,
        client: request.socket.remoteAddress,
        ...(ready ? {} : { checks }),
      }),
    );
  });
  server.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  // A start takes time, in which nothing listens.
  setTimeout(
    () =>
      server.listen(
        LISTEN_FD ? { fd: Number(LISTEN_FD) } : { host: process.env.HOST ?? '127.0.0.1', port: Number(PORT) },
      ),
    behaviour === 'slow-start' ? Number(argument) : 0,
  );
  process.on('SIGTERM', () => {
    console.log(`stopping ${name} at ${process.hrtime.bigint()}`);
    if (behaviour === 'ignore-stop') return;
    server.close();
    server.closeAllConnections();
  });
}
