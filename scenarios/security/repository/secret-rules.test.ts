import { describe, expect, it } from 'vitest';
import { looksRandom, secretsIn } from './secret-rules.ts';

/** Letters and digits in no order, of this length. Joined with a prefix here, so that no search finds them in this file. */
const random = (length: number) =>
  'q7Zr2mXk9TbV4wLc8HdS1yNf6GjP3aQe5UoIq7Zr2mXk9TbV4wLc8HdS1yNf6GjP3aQe5UoIq7Zr2mXk9TbV4wLc8HdS'.slice(
    0,
    length,
  );
const hex = (length: number) =>
  '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'.slice(0, length);

const planted: readonly [what: string, text: string][] = [
  ['private key', ['-----BEGIN RSA', 'PRIVATE KEY-----\n'].join(' ') + random(64)],
  ['private key', ['-----BEGIN', 'PRIVATE KEY-----\n'].join(' ') + random(64)],
  ['access key of AWS', `${['AK', 'IA'].join('')}Q3EGSTVWXY2ZABC7`],
  ['API key of Google', `${['AI', 'za'].join('')}${random(35)}`],
  ['token of GitHub', `${['gh', 'p_'].join('')}${random(36)}`],
  ['token of GitHub', `${['github', 'pat', ''].join('_')}${random(82)}`],
  ['token of GitLab', `${['gl', 'pat-'].join('')}${random(20)}`],
  ['token of npm', `${['np', 'm_'].join('')}${random(36)}`],
  ['token of Slack', `${['xox', 'b-'].join('')}${random(30)}`],
  ['key of Stripe', `${['sk', 'live', ''].join('_')}${random(24)}`],
  ['key of SendGrid', `${['S', 'G.'].join('')}${random(22)}.${random(43)}`],
  ['key of OpenAI', `${['sk', 'proj', ''].join('-')}${random(24)}T3BlbkFJ${random(24)}`],
  ['key of Anthropic', `${['sk', 'ant', 'api03', ''].join('-')}${random(90)}`],
  ['token of Airtable', `${['pa', 't'].join('')}${random(14)}.${hex(64)}`],
  ['signed token', ['ey', 'Jh', random(20), '.ey', 'Jz', random(30), '.', random(43)].join('')],
  ['password in a URL', ['postgres://app', `${random(20)}@db:5432/app`].join(':')],
];

describe('the search for secrets', () => {
  it.each(planted)('finds a %s in any file, and names its line', (what, text) => {
    expect(secretsIn('src/main.ts', `first\nconst key = '${text}';\n`)).toContainEqual({
      path: 'src/main.ts',
      line: 2,
      what,
    });
  });

  it.each([
    ['config.yml', `db:\n  password: ${random(24)}\n`],
    ['deploy/values.json', `{ "apiKey": "${random(32)}" }`],
    ['settings.ini', `SECRET_KEY=${hex(40)}`],
  ])('finds a generated value of a secret in %s', (path, text) => {
    expect(secretsIn(path, text).map(({ what }) => what)).toEqual(['value of a secret']);
  });

  it.each(['.env', 'services/api/.env.production', 'keys/id_ed25519', 'certs/server.p12', '.npmrc'])(
    'finds the file %s by its name',
    (path) => {
      expect(secretsIn(path, '')).toHaveLength(1);
    },
  );

  it.each([
    ['config.yml', 'password: changeme-please-now-1'],
    ['config.yml', `password: $${'{DB_PASSWORD}'}`],
    ['config.yml', 'secret: /run/secrets/internal_api_key'],
    ['README.md', 'password: the-password-of-your-database-1'],
    ['.env.example', 'INTERNAL_API_KEY='],
    ['package-lock.json', `"integrity-token": "${random(64)}"`],
    ['src/main.ts', `const password = '${random(24)}';`],
    ['src/url.ts', "'postgres://user:password@localhost/app'"],
    ['src/url.ts', ['postgres://user', `$${'{password}'}@localhost/app`].join(':')],
    ['src/id.ts', `${['pa', 't'].join('')}tern.matches`],
    ['docs/hash.md', `commit ${hex(40)}`],
  ])('takes nothing in %s for a secret: %s', (path, text) => {
    expect(secretsIn(path, text)).toEqual([]);
  });

  it('never repeats the secret', () => {
    const [, [, text = ''] = []] = planted;
    expect(JSON.stringify(secretsIn('a.ts', text))).not.toContain(random(20));
  });
});

it.each([
  [random(20), true],
  [hex(32), true],
  ['correct-horse-battery-staple', false],
  ['aaaaaaaaaaaaaaaa1', false],
  ['1234567890123456', false],
])('%s looks generated: %s', (value, expected) => {
  expect(looksRandom(value)).toBe(expected);
});
