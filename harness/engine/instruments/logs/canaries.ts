import { createHash } from 'node:crypto';
import type { ServiceName } from '../../../../platform/contracts/service.ts';
import type { LogWatch, WatchedLog } from '../../../evidence/log-watch.ts';
import { redactText } from '../../../evidence/redact.ts';
import { kindOfName, type SecretKind } from '../../../evidence/secret-names.ts';
import { MissingCapability } from '../../failures/missing-capability.ts';
import type { CheckScope } from '../check-scope.ts';
import { documentedExamples } from './documented-examples.ts';

/** The forms of secrets that checks send on purpose. */
export type CanaryKind = 'password' | 'token' | 'personal access token' | 'API key' | 'password in a URL';

const forms: Readonly<Record<CanaryKind, (hexDigits: (length: number) => string) => string>> = {
  password: (hex) => `Kestrel-${hex(16)}`,
  // 32 bytes in base64url, as refresh tokens are.
  token: (hex) => createHash('sha256').update(hex(32)).digest('base64url'),
  'personal access token': (hex) => `pat${hex(14)}.${hex(64)}`,
  'API key': (hex) => `AIzaSy${hex(33)}`,
  'password in a URL': (hex) => `postgres://reader:${hex(32)}@db.internal:5432/app`,
};

/** Maximum depth and number of values that are searched for secrets in one body. */
const maxDepth = 6;
const maxValues = 500;
/** Maximum length of a text that is parsed, characters. */
const maxText = 65_536;

/** Gives the log watch every secret that checks make, send and receive. */
export class Canaries {
  readonly #watch: LogWatch | undefined;
  readonly #documented = documentedExamples();

  constructor(watch: LogWatch | undefined) {
    this.#watch = watch;
  }

  make(kind: CanaryKind, hexDigits: (length: number) => string): string {
    const canary = forms[kind](hexDigits);
    this.#watch?.watch(kind === 'password in a URL' ? new URL(canary).password : canary, kind);
    return canary;
  }

  /** Adds a secret. */
  add(secret: string, kind: SecretKind): void {
    this.#watch?.watch(secret, kind);
  }

  /** Adds the values of a JSON body whose names are those of secrets. */
  addBody(body: unknown): void {
    if (this.#watch === undefined) return;
    if (typeof body === 'string') {
      this.#addText(body);
      return;
    }
    let left = maxValues;
    const walk = (value: unknown, name: string, depth: number): void => {
      left -= 1;
      if (left < 0 || depth > maxDepth) return;
      if (typeof value === 'string') {
        const kind = kindOfName(name);
        if (kind !== undefined && !this.#documented.has(value)) this.#watch?.watch(value, kind);
      } else if (typeof value === 'object' && value !== null) {
        for (const [key, item] of Object.entries(value))
          walk(item, Array.isArray(value) ? name : key, depth + 1);
      }
    };
    walk(body, '', 0);
  }

  /** A body that is a form or JSON already. */
  #addText(body: string): void {
    if (body.length > maxText) return;
    if (/^[\w.%-]+=/.test(body)) {
      this.#addForm(body);
    } else if (body.startsWith('{')) {
      try {
        this.addBody(JSON.parse(body));
      } catch {
        // Broken on purpose: a check sends it to see what is logged. Its secrets are canaries.
      }
    }
  }

  /** Adds the credentials in headers that are sent or received, and in the query of a path. */
  addHeaders(headers: Readonly<Record<string, string | readonly string[]>>, path = ''): void {
    if (this.#watch === undefined) return;
    for (const [name, value] of Object.entries(headers)) {
      const kind = kindOfName(name);
      if (kind === undefined) continue;
      for (const one of typeof value === 'string' ? value.split('\n') : value)
        this.#watch.watch(kind === 'cookie' ? cookieValues(one) : one, kind);
    }
    const query = path.split('?')[1];
    if (query !== undefined) this.#addForm(query);
  }

  #addForm(text: string): void {
    for (const [name, value] of new URLSearchParams(text)) {
      const kind = kindOfName(name);
      if (kind !== undefined) this.#watch?.watch(value, kind);
    }
  }

  /** Kinds of known secrets in a text: in a response, or in the attributes of a span. */
  knownIn(text: string): readonly SecretKind[] {
    return this.#watch?.knownIn(text) ?? [];
  }

  /** Kinds of secrets in a text that nobody else may read, known ones and those of a known form. */
  secretsIn(text: string): readonly SecretKind[] {
    const found = new Set(this.knownIn(text));
    redactText(text, (kind) => found.add(kind));
    return [...found];
  }

  /** The logs, for a check that declares the capability. */
  logs(
    scope: Pick<CheckScope, 'requireCapability'>,
    services: readonly ServiceName[],
  ): readonly WatchedLog[] {
    scope.requireCapability('unredacted-logs');
    if (this.#watch === undefined) throw new MissingCapability('unredacted-logs');
    const logs = this.#watch.logs();
    const silent = services.filter(
      (name) => !logs.some(({ service, lines }) => service === name && lines > 0),
    );
    if (silent.length > 0 && logs.every(({ secrets }) => secrets.length === 0))
      throw new MissingCapability(
        'unredacted-logs',
        `Set LOG_LEVEL=info. No log line came from ${silent.join(', ')}.`,
      );
    return logs;
  }
}

/** The values of `name=value; name=value` and of `Set-Cookie`, whose attributes are no secrets. */
function cookieValues(header: string): string {
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => !/^(?:path|domain|expires|max-age|samesite|httponly|secure)\b/i.test(pair))
    .map((pair) => pair.slice(pair.indexOf('=') + 1))
    .join(' ');
}
