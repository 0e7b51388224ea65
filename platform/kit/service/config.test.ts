import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseConfig, ConfigError, readConfig, variables } from './config.ts';

const schema = baseConfig.extend({ DATABASE_URL: variables.databaseUrl });
const good = {
  INTERNAL_API_KEY: 'k'.repeat(32),
  DATABASE_URL: 'postgresql://user_service:secret@127.0.0.1:5432/pyairtable',
};

function problemsOf(env: Record<string, string>) {
  try {
    readConfig(schema, { env, defaults: { PORT: '8008' } });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  it('reads valid values and adds defaults', () => {
    expect(readConfig(schema, { env: good, defaults: { PORT: '8008' } })).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 8008,
      LOG_LEVEL: 'info',
    });
  });

  it('names every invalid variable, its problem and an example', () => {
    expect(problemsOf({ ...good, PORT: 'eighty', DATABASE_URL: 'mysql://x' })).toEqual([
      expect.objectContaining({ variable: 'PORT', example: '8007' }),
      expect.objectContaining({
        variable: 'DATABASE_URL',
        problem: 'must be a PostgreSQL URL',
        example: 'postgresql://user_service:secret@127.0.0.1:5432/pyairtable',
      }),
    ]);
  });

  it('treats an empty variable as missing', () => {
    expect(problemsOf({ ...good, INTERNAL_API_KEY: '' })).toEqual([
      expect.objectContaining({ variable: 'INTERNAL_API_KEY', problem: 'is required' }),
    ]);
  });

  it.each([
    ['10.0.0.0/8, fd00::/8,192.0.2.1', ['10.0.0.0/8', 'fd00::/8', '192.0.2.1']],
    ['', []],
  ])('reads the trusted proxies %j', (text, expected) => {
    const proxies = baseConfig.extend({ TRUSTED_PROXIES: variables.trustedProxies });
    const env = { ...good, PORT: '8000', TRUSTED_PROXIES: text };
    expect(readConfig(proxies, { env }).TRUSTED_PROXIES).toEqual(expected);
  });

  it.each(['ingress', '10.0.0.0/33', '0.0.0.0/0', '::/0', '10.0.0.0/8;fd00::/8'])(
    'rejects %s as a trusted proxy',
    (text) => {
      const proxies = baseConfig.extend({ TRUSTED_PROXIES: variables.trustedProxies });
      const env = { ...good, PORT: '8000', TRUSTED_PROXIES: text };
      expect(() => readConfig(proxies, { env })).toThrow(/TRUSTED_PROXIES: must be IP addresses.*example/);
    },
  );

  it.each([
    ['0', 'must be a whole number above 0'],
    ['1.5', 'must be a whole number above 0'],
    ['soon', 'must be a whole number above 0'],
    ['3600', 'must be a whole number from 1 to 60'],
  ])('tells what is wrong with the number %s', (text, problem) => {
    const intervals = baseConfig.extend({ INTERVAL: variables.positiveInt.max(60) });
    const env = { ...good, PORT: '8000', INTERVAL: text };
    expect(() => readConfig(intervals, { env })).toThrow(`INTERVAL: ${problem} (example: INTERVAL=10)`);
  });

  it('never repeats an invalid value, which may be a secret', () => {
    const message = problemsOf({ ...good, INTERNAL_API_KEY: 'short-secret' })
      .map((one) => JSON.stringify(one))
      .join();
    expect(message).not.toContain('short-secret');
  });
});

describe('a variable from a file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const { INTERNAL_API_KEY: key, ...others } = good;

  it.each(['', '\n', '\r\n'])('is its text without a line break at the end (%j)', (end) => {
    const env = { ...others, INTERNAL_API_KEY_FILE: file('key', `${key}${end}`) };
    expect(readConfig(schema, { env, defaults: { PORT: '8008' } })).toMatchObject({ INTERNAL_API_KEY: key });
  });

  it('has precedence over a default, and an empty name of a file does not count', () => {
    const env = { ...good, PORT_FILE: file('port', '9000'), INTERNAL_API_KEY_FILE: '' };
    expect(readConfig(schema, { env, defaults: { PORT: '8008' } })).toMatchObject({ PORT: 9000 });
  });

  it('is checked like any other, without its value in the message', () => {
    const problems = problemsOf({ ...others, INTERNAL_API_KEY_FILE: file('short', 'short-secret') });
    expect(problems).toEqual([
      expect.objectContaining({ variable: 'INTERNAL_API_KEY', problem: 'must have at least 32 characters' }),
    ]);
  });

  it.each([
    ['missing', () => join(folder, 'none'), /names the file \S+none, which does not exist/],
    ['a folder', () => folder, /which is a folder/],
  ])('is one problem when the file is %s', (_, path, problem) => {
    expect(problemsOf({ ...others, INTERNAL_API_KEY_FILE: path() })).toEqual([
      {
        variable: 'INTERNAL_API_KEY_FILE',
        problem: expect.stringMatching(problem),
        example: '/run/secrets/internal_api_key',
      },
    ]);
  });

  it('is missing when the file is empty', () => {
    expect(problemsOf({ ...others, INTERNAL_API_KEY_FILE: file('empty', '\n') })).toEqual([
      expect.objectContaining({
        variable: 'INTERNAL_API_KEY',
        problem: 'is required, and the file of INTERNAL_API_KEY_FILE is empty',
      }),
    ]);
  });

  it('is a problem when the variable is set too', () => {
    expect(problemsOf({ ...good, INTERNAL_API_KEY_FILE: file('twice', key) })).toEqual([
      expect.objectContaining({ problem: 'and INTERNAL_API_KEY are both set; set one of them' }),
    ]);
  });
});
