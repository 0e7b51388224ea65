import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { type Entry, fromBuffer, type ZipFile as OpenArchive } from 'yauzl';
import { ZipFile } from 'yazl';
import { hidden } from '../../../evidence/named-secrets.ts';
import { redact, redactText } from '../../../evidence/redact.ts';
import { kindOfName } from '../../../evidence/secret-names.ts';

/**
 * A copy of a trace of Playwright without secrets. A trace has everything that a test typed, sent and received: passwords
 * in the actions and in the fields of pages, tokens in cookies and headers.
 * @param secrets what the tests are known to have typed, in plain form
 * @throws Error for bytes that are no archive
 */
export async function redactTrace(archive: Buffer, secrets: readonly string[]): Promise<Buffer> {
  const redacted = new ZipFile();
  for (const [name, content] of await readArchive(archive)) {
    const text = asText(content);
    redacted.addBuffer(text === undefined ? content : Buffer.from(redactEntry(text, secrets)), name);
  }
  redacted.end();
  return buffer(redacted.outputStream);
}

/** Events are lines of JSON; bodies of requests and responses are files of their own. */
function redactEntry(text: string, secrets: readonly string[]): string {
  const known = hideKnown(text, secrets);
  return known
    .split('\n')
    .map((line) => {
      const event = parse(line);
      return event === undefined ? redactText(line) : JSON.stringify(redact(withoutPairs(event)));
    })
    .join('\n');
}

/** Hides values of headers, cookies and form fields, which are stored as pairs of a name and a value. */
function withoutPairs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPairs);
  if (value === null || typeof value !== 'object') return value;
  const { name, value: paired } = value as { name?: unknown; value?: unknown };
  const isSecret =
    typeof name === 'string' &&
    typeof paired === 'string' &&
    (kindOfName(name) !== undefined || sessionCookie.test(name));
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    isSecret && key === 'value' ? hidden : withoutPairs(item),
  ]);
  return Object.fromEntries(entries);
}

/** Cookies of a session, whose names do not say that they are secrets. */
const sessionCookie = /^__(?:Host|Secure)-/;

/** Hides these secrets in a text, in every form in which pages, requests and JSON write them. */
export function hideKnown(text: string, secrets: readonly string[]): string {
  let result = text;
  for (const form of secrets.filter((secret) => secret !== '').flatMap(formsOf))
    result = result.replaceAll(form, hidden);
  return result;
}

/** The forms of a secret in JSON, in JSON inside of JSON, in URLs, in forms, in HTML and in base64. */
function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const html = secret
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  const bytes = Buffer.from(secret);
  return [
    ...new Set([
      secret,
      json,
      JSON.stringify(json).slice(1, -1),
      encodeURIComponent(secret),
      new URLSearchParams([['', secret]]).toString().slice(1),
      html,
      html.replaceAll("'", '&#39;'),
      bytes.toString('base64').replace(/=+$/, ''),
      bytes.toString('base64url'),
    ]),
  ];
}

function parse(line: string): unknown {
  if (!/^\s*[{[]/.test(line)) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Undefined for images, fonts and other binary content. */
function asText(content: Buffer): string | undefined {
  if (content.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}

/** The entries of an archive, by name. @throws Error for bytes that are no archive */
export async function readArchive(bytes: Buffer): Promise<Map<string, Buffer>> {
  const archive = await promisify<Buffer, object, OpenArchive>(fromBuffer as never)(bytes, {
    lazyEntries: true,
  });
  const open = promisify(archive.openReadStream.bind(archive)) as (
    entry: Entry,
  ) => Promise<NodeJS.ReadableStream>;
  const entries = new Map<string, Buffer>();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  archive.on('end', resolve).on('error', reject);
  archive.on('entry', (entry: Entry) => {
    open(entry)
      .then(buffer)
      .then((content) => {
        entries.set(entry.fileName, content);
        archive.readEntry();
      })
      .catch(reject);
  });
  archive.readEntry();
  await promise;
  return entries;
}
