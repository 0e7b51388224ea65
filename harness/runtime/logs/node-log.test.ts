import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LogSecrets } from './log-secrets.ts';
import { NodeLog } from './node-log.ts';

describe('the log of a node', () => {
  let folder: string;
  let secrets: LogSecrets;
  let log: NodeLog;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'node-log-'));
    secrets = new LogSecrets();
    log = new NodeLog({ node: 'a', file: join(folder, 'a.log'), secrets });
  });
  afterEach(async () => {
    await log.close();
    await rm(folder, { recursive: true });
  });
  const texts = () => log.since(0).map(({ text }) => text);

  test('joins chunks to lines, per stream', () => {
    log.write('stdout', 'one\ntw');
    log.write('stderr', 'error\r\n');
    log.write('stdout', 'o\nthree');
    log.end('stdout');
    expect(log.since(0)).toEqual([
      { service: 'a', stream: 'stdout', text: 'one' },
      { service: 'a', stream: 'stderr', text: 'error' },
      { service: 'a', stream: 'stdout', text: 'two' },
      { service: 'a', stream: 'stdout', text: 'three' },
    ]);
  });

  test('keeps every line in the file, and the latest five thousand in memory', async () => {
    log.write('stdout', Array.from({ length: 5_010 }, (_, index) => `${index}\n`).join(''));
    await log.close();
    expect(texts()).toHaveLength(5_000);
    expect(texts()[0]).toBe('10');
    expect((await readFile(join(folder, 'a.log'), 'utf8')).split('\n')).toHaveLength(5_011);
  });

  test('redacts secrets in memory and file, even if they arrive in two chunks', async () => {
    secrets.redactor.add('s3cret-of-the-run');
    secrets.redactor.add('a+b/c=d+e/f=');
    log.write('stdout', 'password s3cret-of-');
    log.write('stdout', 'the-run, key a%2Bb%2Fc%3Dd%2Be%2Ff%3D\n');
    await log.close();
    expect(texts()).toEqual(['password [redacted], key [redacted]']);
    expect(await readFile(join(folder, 'a.log'), 'utf8')).toBe('password [redacted], key [redacted]\n');
  });

  test('cuts a line that is too long', () => {
    log.write('stdout', 'x'.repeat(200_000));
    log.write('stdout', 'y\n');
    expect(texts().map((text) => text.length)).toEqual([65_536, 1]);
  });

  test('returns only lines since the given time', () => {
    log.write('stdout', 'before\n');
    const since = performance.now();
    log.write('stdout', 'after\n');
    expect(log.since(since).map(({ text }) => text)).toEqual(['after']);
    expect(log.since(performance.now() + 1_000)).toEqual([]);
  });

  test('keeps no password or token of a user that a service logs', async () => {
    log.write(
      'stdout',
      '{"level":30,"body":{"email":"a@b.example","password":"Ke\\"strel-1"},"refresh_token":"rt_123","token_type":"Bearer"}\n' +
        'authorization: Bearer pat0123456789 and password=hunter22&x=1\n',
    );
    await log.close();
    const text = await readFile(join(folder, 'a.log'), 'utf8');
    expect(text).toBe(`${texts().join('\n')}\n`);
    expect(text).not.toMatch(/strel|rt_123|pat0123|hunter22/);
    expect(text).toContain('"email":"a@b.example","password":"[redacted]"');
    expect(text).toContain('"token_type":"Bearer"');
  });
});
