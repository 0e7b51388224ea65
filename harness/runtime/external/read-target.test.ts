import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { parseTarget, readTarget } from './read-target.ts';

const examples = resolve(import.meta.dirname, '../../../fixtures/targets');
const minimal = 'name: staging\nlabel: staging\nservices:\n  gateway: https://staging.example/\n';

describe('a target file', () => {
  it('needs a name, a label and the address of the gateway', () => {
    expect(parseTarget(minimal, 'a.yaml')).toEqual({
      name: 'staging',
      label: 'staging',
      services: { gateway: 'https://staging.example' },
      accounts: { register: false },
      sourceAddresses: 'one',
      internalKeys: {},
      allow: [],
    });
  });

  it.each([
    [
      'no gateway',
      'name: a\nlabel: staging\nservices:\n  frontend: http://a.example\n',
      'a.yaml:4: services.gateway',
    ],
    ['an unknown label', minimal.replace('label: staging', 'label: test'), 'a.yaml:2: label'],
    ['an unknown field', `${minimal}log: loki\n`, 'a.yaml:5: log: unknown field'],
    [
      'log files without {service}',
      `${minimal}logs:\n  files: /a.log\n`,
      'a.yaml:6: logs.files: must contain {service}',
    ],
    [
      'a password of a given account',
      `${minimal}accounts:\n  register: false\n  given:\n    - email: a@b.example\n      password: secret\n`,
      'a.yaml:9: accounts.given.0.password: must name an environment variable',
    ],
    [
      'given accounts where checks register',
      `${minimal}accounts:\n  register: true\n  given: [{ email: a@b.example, password: { env: A } }]\n`,
      'a.yaml:7: accounts.given: is used only with register: false',
    ],
    [
      'the same account twice',
      `${minimal}accounts:\n  register: false\n  given:\n    - { email: a@b.example, password: { env: A } }\n    - { email: A@b.example, password: { env: A } }\n`,
      'a.yaml:9: accounts.given.1.email: is given twice',
    ],
    [
      'two sources of logs',
      `${minimal}logs:\n  redacted: true\n`,
      'a.yaml:6: logs: needs files, loki or compose, one of them',
    ],
    [
      'no source of traces',
      `${minimal}traces: {}\n`,
      'a.yaml:5: traces: needs receiver or tempo, one of them',
    ],
    [
      'an unknown service',
      `${minimal}  billing: http://a.example\n`,
      'a.yaml:5: services.billing: unknown field',
    ],
    [
      'an address without scheme',
      minimal.replace('https://', ''),
      'a.yaml:4: services.gateway: must be an http',
    ],
    [
      'a password in an address',
      minimal.replace('//', '//me:pw@'),
      'a.yaml:4: services.gateway: must have no user',
    ],
    [
      'a secret in the file',
      `${minimal}redis:\n  admin: redis://:secret@a.example\n`,
      'a.yaml:6: redis.admin: must name an environment variable',
    ],
    [
      'a secret of two places',
      `${minimal}redis:\n  admin: { env: A, file: /a }\n`,
      'a.yaml:6: redis.admin: needs env or file, one of them',
    ],
    [
      'a secret in a file without an absolute path',
      `${minimal}redis:\n  admin: { file: secrets/redis_url }\n`,
      'a.yaml:6: redis.admin.file: must be an absolute path',
    ],
    ['many addresses of a remote target', `${minimal}sourceAddresses: many\n`, 'a.yaml:5: sourceAddresses'],
    [
      'removed rows without the owner',
      `${minimal}database:\n  removeRows: true\n`,
      'a.yaml:6: database.removeRows',
    ],
    ['invalid YAML', 'name: [', 'a.yaml:1: '],
    ['the same field twice', `${minimal}name: b\n`, 'a.yaml:5: Map keys must be unique'],
    ['an empty file', '', 'a.yaml:1: (whole file)'],
  ])('is rejected with line, field and problem for %s', (_what, text, message) => {
    expect(() => parseTarget(text, 'a.yaml')).toThrow(message);
  });

  it('never repeats a secret that was written into it', () => {
    const text = `${minimal}redis:\n  admin: redis://:hunter2@a.example\n`;
    expect(() => parseTarget(text, 'a.yaml')).not.toThrow('hunter2');
  });

  it('that does not exist is rejected with how to fix it', async () => {
    const error = await readTarget('no/such.yaml').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ReadinessError);
    expect(error).toMatchObject({
      code: 'target-invalid',
      hint: expect.stringContaining('fixtures/targets'),
    });
  });
});

test.each(readdirSync(examples))('the example %s is valid', async (name) => {
  const target = await readTarget(join(examples, name));
  expect(target.name).toBe(name.replace('.yaml', ''));
});
