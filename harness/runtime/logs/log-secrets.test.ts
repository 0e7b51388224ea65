import { describe, expect, it } from 'vitest';
import { LogSecrets } from './log-secrets.ts';

const token = 'Zk3-qLw9_TsPZk3-qLw9_TsPZk3-qLw9_TsPZk3-qLw';
const found = (secrets: LogSecrets) =>
  secrets
    .logs()
    .flatMap(({ service, secrets: all }) => all.map(({ line, kind }) => `${service} ${line} ${kind}`));

describe('secrets in logs', () => {
  it('are found by their form, with service, line and kind', () => {
    const secrets = new LogSecrets();
    secrets.redactLine('a', 'listening');
    expect(secrets.redactLine('a', '{"body":"{\\"password\\":\\"hunter2\\"}"}')).not.toContain('hunter2');
    secrets.redactLine('b', 'GET /x?access_token=abc');
    expect(found(secrets)).toEqual(['a 2 password', 'b 1 token']);
    expect(secrets.logs().map(({ service, lines }) => [service, lines])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  });

  it('are found in plain words when the harness made them', () => {
    const secrets = new LogSecrets();
    secrets.watch('Kestrel-0123456789abcdef', 'password');
    const lines = [
      'user typed Kestrel-0123456789abcdef.',
      '"a\\nKestrel-0123456789abcdef"',
      'x=%22Kestrel-0123456789abcdef%22',
    ];
    for (const line of lines) expect(secrets.redactLine('a', line)).not.toContain('0123456789abcdef');
    expect(found(secrets)).toEqual(['a 1 password', 'a 2 password', 'a 3 password']);
  });

  it.each([
    ['alone', (secret: string) => secret],
    ['after a name', (secret: string) => `ada@example.com ${secret}`],
    ['before more', (secret: string) => `x${secret}y`],
  ])('are found in base64: %s', (_what, around) => {
    const secrets = new LogSecrets();
    secrets.watch('Kestrel-0123456789abcdef', 'password');
    secrets.redactor.add('s3cret-of-the-run-which-is-long');
    const ofPlatform = Buffer.from(around('s3cret-of-the-run-which-is-long')).toString('base64');
    secrets.redactLine('a', `kept ${ofPlatform}`);
    const known = Buffer.from(around(' Kestrel-0123456789abcdef ')).toString('base64');
    expect(secrets.redactLine('a', `kept ${known}`)).toBe('kept [redacted]');
    expect(found(secrets)).toEqual(['a 1 secret of the platform', 'a 2 password']);
  });

  it('are found as hashes of passwords', () => {
    const secrets = new LogSecrets();
    secrets.redactLine('a', 'row $argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA end');
    expect(found(secrets)).toEqual(['a 1 password hash']);
  });

  it('are named in any text', () => {
    const secrets = new LogSecrets();
    secrets.watch('correct horse battery staple', 'password');
    secrets.watch(token, 'token');
    expect(secrets.knownIn(`{"a":"correct horse battery staple","b":"${token}"}`)).toEqual([
      'password',
      'token',
    ]);
    expect(secrets.knownIn('nothing')).toEqual([]);
  });

  it('are found when the line arrives before the response with the token', () => {
    const secrets = new LogSecrets();
    expect(secrets.redactLine('a', `issued ${token}`)).toBe('issued [redacted]');
    expect(found(secrets)).toEqual([]);
    secrets.watch(token, 'token');
    secrets.watch(token, 'token');
    expect(found(secrets)).toEqual(['a 1 token']);
  });

  it('of the run itself are found', () => {
    const secrets = new LogSecrets();
    secrets.redactor.add('s3cret-of-the-run');
    expect(secrets.redactLine('a', 'connecting with s3cret-of-the-run')).toBe('connecting with [redacted]');
    expect(found(secrets)).toEqual(['a 1 secret of the platform']);
  });

  it('are not kept', () => {
    const secrets = new LogSecrets();
    secrets.redactLine('a', '{"password":"hunter2"} Bearer abcdefgh1234');
    expect(JSON.stringify(secrets.logs())).not.toMatch(/hunter2|abcdefgh/);
  });

  it('are not seen in ordinary lines', () => {
    const secrets = new LogSecrets();
    const line =
      '{"level":"info","time":"2026-11-28T19:08:10.000Z","service":"gateway","request_id":"b3b2c1d0-0000-4000-8000-000000000000","trace_id":"0af7651916cd43dd8448eb211c80319c","msg":"request completed","token_type":"Bearer","usage":{"total_tokens":12}}';
    expect(secrets.redactLine('gateway', line)).toBe(line);
    expect(found(secrets)).toEqual([]);
  });
});
