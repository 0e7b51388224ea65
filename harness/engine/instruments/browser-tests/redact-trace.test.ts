import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { readArchive, redactTrace } from './redact-trace.ts';

const password = 'analytical "engine" & 7f3a';
const refreshToken = 'Zk3-qLw9_TsPZk3-qLw9_TsPZk3-qLw9_TsPZk3-qLw';
const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';

async function archiveOf(entries: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(entries)) zip.addBuffer(Buffer.from(content as string), name);
  zip.end();
  return buffer(zip.outputStream);
}

/** The texts of the redacted trace, each after the name of its entry. */
async function redacted(entries: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const contents = await readArchive(await redactTrace(await archiveOf(entries), [password]));
  return [...contents].map(([name, content]) => `${name}\n${content.toString('latin1')}`).join('\n');
}

it.each([
  ['what a test types', { 'trace.trace': JSON.stringify({ method: 'fill', params: { value: password } }) }],
  [
    'a form',
    { 'resources/a': `email=ada&password=${new URLSearchParams({ p: password }).toString().slice(2)}` },
  ],
  ['a body in JSON', { 'resources/b.json': JSON.stringify({ email: 'ada', password }) }],
  [
    'a body within an event',
    { 'trace.network': JSON.stringify({ text: JSON.stringify({ given: password }) }) },
  ],
  ['the field of a page', { 'resources/c.html': `<input value="analytical &quot;engine&quot; &amp; 7f3a">` }],
  ['text in base64', { 'trace.trace': JSON.stringify({ data: Buffer.from(password).toString('base64') }) }],
])('hides a password in %s', async (_where, entries) => {
  const text = await redacted(entries);
  expect(text).toContain('[redacted]');
  expect(text).not.toMatch(/engine|7f3a|ZW5naW5l/);
});

it.each([
  ['a cookie', { name: '__Host-pyairtable_refresh', value: refreshToken }],
  ['a header', { name: 'set-cookie', value: `__Host-pyairtable_refresh=${refreshToken}; Path=/` }],
  ['a header of a request', { name: 'Cookie', value: `__Host-pyairtable_refresh=${refreshToken}` }],
  ['a header with a token', { name: 'authorization', value: `Bearer ${jwt}` }],
])('hides the session in %s', async (_where, pair) => {
  const text = await redacted({ 'trace.network': JSON.stringify({ request: { headers: [pair] } }) });
  expect(text).toContain(pair.name);
  expect(text).not.toContain(refreshToken);
  expect(text).not.toContain(jwt);
});

it('keeps images, and everything else of a trace', async () => {
  const image = Buffer.from([0xff, 0xd8, 0, 1, 2, 0xff]);
  const event = { type: 'before', title: 'page.goto', params: { url: 'http://127.0.0.1:3000/auth/login' } };
  const text = await redacted({ 'resources/page.jpeg': image, 'trace.trace': `${JSON.stringify(event)}\n` });
  expect(text).toContain(JSON.stringify(event));
  expect(text).toContain(image.toString('latin1'));
});

it('rejects what is no archive', async () => {
  await expect(redactTrace(Buffer.from('no archive'), [])).rejects.toThrow();
});
