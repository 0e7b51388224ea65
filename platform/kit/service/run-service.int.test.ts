import { type ChildProcess, spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

interface Started {
  child: ChildProcess;
  lines: string[];
  /** Resolves with the first line that contains the text. */
  line(text: string): Promise<Record<string, unknown>>;
  exit: Promise<number | null>;
}

function start(env: Record<string, string>, stdio: (number | 'pipe' | 'ignore')[] = []): Started {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../testing/small-service.ts', import.meta.url))],
    {
      env: { INTERNAL_API_KEY: 'k'.repeat(32), PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe', ...stdio],
    },
  );
  running.push(child);
  const lines: string[] = [];
  const waiting: { text: string; resolve(line: Record<string, unknown>): void }[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      for (const { text, resolve } of waiting) if (line.includes(text)) resolve(JSON.parse(line));
    });
  }
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    child,
    lines,
    exit,
    line: (text) =>
      new Promise((resolve, reject) => {
        const seen = lines.find((line) => line.includes(text));
        if (seen) resolve(JSON.parse(seen));
        waiting.push({ text, resolve });
        void exit.then((code) => reject(new Error(`exited with ${code}: ${lines.join('\n')}`)));
      }),
  };
}

describe('runService', () => {
  it('reports its port, completes running requests after SIGTERM, closes and exits with 0', async () => {
    const service = start({ SLOW_MS: '200' });
    const { port } = await service.line('"listening"');
    const response = fetch(`http://127.0.0.1:${port}/slow`);
    await service.line('"working"');
    service.child.kill('SIGTERM');
    expect(await (await response).json()).toEqual({ done: true });
    expect(await service.exit).toBe(0);
    const messages = service.lines.map((line) => JSON.parse(line).msg);
    expect(messages).toEqual(['listening', 'working', 'stopping', 'closed', 'stopped']);
  });

  it('puts request and trace ids on the lines of a request', async () => {
    const service = start({});
    const { port } = await service.line('"listening"');
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    await fetch(`http://127.0.0.1:${port}/slow`, {
      headers: { 'x-request-id': 'request-0001', traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    });
    expect(await service.line('"working"')).toMatchObject({ request_id: 'request-0001', trace_id: trace });
  });

  it('names each invalid variable with an example and exits with 78', async () => {
    const service = start({ PORT: 'eighty', INTERNAL_API_KEY: 'short' });
    expect(await service.exit).toBe(78);
    expect(service.lines).toEqual([
      'user-service: PORT: must be a number from 0 to 65535 (example: PORT=8007)',
      expect.stringMatching(/^user-service: INTERNAL_API_KEY: must have at least 32 characters/),
    ]);
  });

  it('reports that its port is in use and exits with 1', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as AddressInfo;
    const service = start({ PORT: String(port) });
    expect(await service.exit).toBe(1);
    expect(service.lines.join()).toContain(
      `could not start: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
    );
    await new Promise((resolve) => holder.close(resolve));
  });

  it('responds to bytes that are not a request with 400 in the envelope', async () => {
    const service = start({});
    const { port } = await service.line('"listening"');
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('nonsense\r\n\r\n');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    expect(text).toContain('HTTP/1.1 400 Bad Request');
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '').error).toBe('malformed_request');
  });
});
