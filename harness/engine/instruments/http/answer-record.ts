import type { ServiceName } from '../../../../platform/contracts/service.ts';
import { type FoundRoute, routeFinder } from './find-route.ts';
import type { Exchange } from './http.ts';

/** Everything that the responses of one route contained in the run so far. */
export interface SeenAnswer extends FoundRoute {
  status: number;
  /** Every field with a value, as its path: names of fields, and `[]` for an element of a list. */
  fields: readonly (readonly string[])[];
  /** Kinds of secrets in the text of a response. */
  secrets: readonly string[];
}

/** Maximum number of values that are visited in one response. */
const maxValues = 5_000;
/** Maximum number of different fields that are kept of one route: maps may have any keys. */
const maxFields = 2_000;
const separator = '\u001f';

/** Forms of secrets that no response of a platform may contain. */
const forms: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['a hash of a password', /\$(?:argon2(?:id|i|d)|2[abxy]|scrypt|pbkdf2[\w-]*)\$|SCRAM-SHA-256\$/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a URL with a password', /\b(?:postgres(?:ql)?|rediss?|amqps?|mongodb):\/\/[^:/@\s"]*:[^@\s"]+@/],
];

interface Seen {
  found: FoundRoute;
  status: number;
  fields: Set<string>;
  secrets: Set<string>;
}

/** Records which fields and secrets the responses of a run contain, by route. Values are not kept. */
export class AnswerRecord {
  readonly #find = routeFinder();
  readonly #seen = new Map<string, Seen>();
  readonly #secrets: readonly string[];

  /** @param secrets secrets of the platform that the harness knows, e.g. passwords of its database roles */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets.filter((secret) => secret.length >= 12);
  }

  /** @param passwords passwords that the check has sent: no response may repeat them */
  add(
    request: { service: ServiceName; method: string; path: string; passwords: Iterable<string> },
    { status, json, text }: Pick<Exchange, 'status' | 'json' | 'text'>,
  ): void {
    const found = this.#find(request.service, request.method, request.path);
    if (found === undefined) return;
    const key = `${found.service} ${found.route} ${status}`;
    const seen = this.#seen.get(key) ?? { found, status, fields: new Set(), secrets: new Set() };
    this.#seen.set(key, seen);
    if (json !== undefined) collect(json, seen.fields);
    for (const [kind, pattern] of forms) if (pattern.test(text)) seen.secrets.add(kind);
    if (this.#secrets.some((secret) => text.includes(secret))) seen.secrets.add('a secret of the platform');
    for (const password of request.passwords)
      if (text.includes(password)) seen.secrets.add('a password of a user');
  }

  seen(): SeenAnswer[] {
    return [...this.#seen.values()].map(({ found, status, fields, secrets }) => ({
      service: found.service,
      route: found.route,
      status,
      fields: [...fields].map((field) => field.split(separator)),
      secrets: [...secrets],
    }));
  }
}

function collect(json: unknown, fields: Set<string>): void {
  let left = maxValues;
  const visit = (value: unknown, path: string): void => {
    left -= 1;
    if (left < 0 || fields.size > maxFields) return;
    if (Array.isArray(value))
      for (const item of value) visit(item, path === '' ? '[]' : `${path}${separator}[]`);
    else if (typeof value === 'object' && value !== null)
      for (const [name, item] of Object.entries(value))
        visit(item, path === '' ? name : `${path}${separator}${name}`);
    else if (path !== '') fields.add(path);
  };
  visit(json, '');
}

/** Passwords in the body of a request, to recognise them in responses. */
export function passwordsIn(body: unknown): string[] {
  if (typeof body !== 'object' || body === null || body instanceof Uint8Array) return [];
  return Object.entries(body).flatMap(([name, value]) =>
    /password/i.test(name) && typeof value === 'string' && value.length >= 12 ? [value] : [],
  );
}
