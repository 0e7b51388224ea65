// A service for tests of the runtime. FAKE says what it does; it answers on the socket or port it is given.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const [does, ...rest] = (process.env.FAKE ?? 'ready').split(':');
const argument = rest.join(':');
const { SERVICE_NAME: name = '', LISTEN_FD, PORT } = process.env;

console.log(`fake ${name} does ${does}`);
if (does === 'exit') {
  console.error('ImportError: cannot import name app');
  process.exit(Number(argument));
}
if (does === 'hang') {
  console.error('waiting for a lock that nobody releases');
  setInterval(() => {}, 1_000);
} else {
  // A session of its own and an environment without a trace of the run, as a daemon or a browser may have.
  if (does === 'spawn')
    spawn('sleep', ['1000'], { detached: true, stdio: 'ignore', env: { PATH: process.env.PATH } });
  let probes = 0;
  const server = createServer((request, response) => {
    if (request.url === '/crash') process.exit(3);
    probes += 1;
    const ready = does !== 'never-ready' && (does !== 'ready-after' || probes > Number(argument));
    response.statusCode = ready ? 200 : 503;
    response.setHeader('content-type', 'application/json');
    const checks = { postgres: { status: 'failed', error: '28P01 password authentication failed' } };
    response.end(
      JSON.stringify({
        status: ready ? 'ready' : 'not-ready',
        service: does === 'answer-as' ? argument : name,
        ...(ready ? {} : { checks }),
      }),
    );
  });
  server.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  server.listen(LISTEN_FD ? { fd: Number(LISTEN_FD) } : { host: '127.0.0.1', port: Number(PORT) });
  process.on('SIGTERM', () => {
    console.log(`stopping ${name} at ${process.hrtime.bigint()}`);
    if (does === 'ignore-stop') return;
    server.close();
    server.closeAllConnections();
  });
}
