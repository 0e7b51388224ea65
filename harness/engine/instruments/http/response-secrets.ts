import type { SecretKind } from '../../../evidence/secret-names.ts';
import type { Canaries } from '../logs/canaries.ts';
import type { Exchange } from './http.ts';

/** A secret in a response, and where it was. The secret itself is not kept. */
export interface ResponseSecret {
  check: string;
  /** E.g. `GET /api/users/me at gateway`; ids and queries are left out. */
  route: string;
  kind: SecretKind | 'token of another user';
}

/** Searched per response, characters. */
const maxText = 262_144;
/** Maximum number of kept findings. */
const maxFound = 200;
/** Maximum number of remembered tokens. */
const maxTokens = 50_000;

const forms: readonly (readonly [SecretKind, RegExp])[] = [
  ['password hash', /\$argon2(?:id|i|d)\$v=\d+|\$2[aby]\$\d\d\$[./\w]{53}/],
  ['private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----|"d"\s*:\s*"[\w-]{40,}"/],
];
/** No response needs to contain these, not even for their owner. */
const neverShown: ReadonlySet<SecretKind> = new Set(['password', 'secret of the platform']);
/** Signatures of tokens, refresh tokens, keys and tickets. The other parts of two JWTs can be the same. */
const token = /(?<![\w-])(?!eyJ)[\w-]{40,128}(?![\w-])/g;

/** Looks for secrets in every response that checks get: whatever a contract declares, these belong to nobody. */
export class ResponseSecrets {
  readonly #canaries: Canaries;
  readonly #found: ResponseSecret[] = [];
  /** Which check was the first to get a token. Undefined for one that several checks may know. */
  readonly #owners = new Map<string, string | undefined>();
  #responses = 0;

  constructor(canaries: Canaries) {
    this.#canaries = canaries;
  }

  /** Notes that a check was given tokens that others may have, e.g. of an account that the target file names. */
  share(...tokens: readonly string[]): void {
    for (const word of tokens.join(' ').match(token) ?? []) this.#owners.set(word, undefined);
  }

  /** Searches a response. Its tokens belong to the check from then on. */
  search(check: string, service: string, { method, url, text, headers, status }: Exchange): void {
    this.#responses += 1;
    const searched = `${text.slice(0, maxText)}\n${Object.values(headers).join('\n')}`;
    const path = new URL(url).pathname.replaceAll(/\/(?=[^/]*\d)[\w.~-]{12,}/g, '/:id');
    const report = (kind: ResponseSecret['kind']) => {
      if (this.#found.length < maxFound)
        this.#found.push({ check, route: `${method} ${path} at ${service}`, kind });
    };
    for (const [kind, form] of forms) if (form.test(searched)) report(kind);
    for (const kind of this.#canaries.knownIn(searched)) if (neverShown.has(kind)) report(kind);
    let foreign = false;
    for (const [word] of searched.matchAll(token)) {
      if (!/[A-Z]/.test(word) && !/^[0-9a-f]{64}$/.test(word)) continue;
      if (!this.#owners.has(word)) {
        if (status < 300 && this.#owners.size < maxTokens && isIssued(text, headers, word))
          this.#owners.set(word, check);
      } else {
        const owner = this.#owners.get(word);
        foreign ||= owner !== undefined && owner !== check;
      }
    }
    if (foreign) report('token of another user');
  }

  /** What was found so far, and in how many responses it was looked for. */
  results(): { responses: number; found: readonly ResponseSecret[] } {
    return { responses: this.#responses, found: [...this.#found] };
  }
}

/** Whether the word is the value of a token in a body or cookie; ids, ETags and digests look like it. */
function isIssued(text: string, headers: Exchange['headers'], word: string): boolean {
  const at = text.indexOf(word);
  const before = at < 0 ? '' : text.slice(Math.max(0, at - 2_000), at);
  if (/"(?:\w*token|ticket)"\s*:\s*"[^"]*$/.test(before)) return true;
  return (headers['set-cookie'] ?? '').includes(word);
}
