import { createHash } from 'node:crypto';
import type { LogWatch, WatchedLog } from '../../evidence/log-watch.ts';
import { hidden } from '../../evidence/named-secrets.ts';
import { redactText } from '../../evidence/redact.ts';
import type { SecretKind } from '../../evidence/secret-names.ts';
import { Phrases } from './phrases.ts';
import { Redactor } from './redactor.ts';

/** Minimum length of a watched word. Shorter ones occur by chance. */
const minWord = 12;
/** Maximum number of secrets kept per node. */
const maxFound = 100;
/** Maximum number of remembered words that may turn out to be secrets. */
const maxSuspects = 50_000;

const words = new RegExp(`[\\w-]{${minWord},4096}`, 'g');
/** Escapes of JSON and URLs in front of a word would be taken for its beginning. */
const escapes = /\\+(?:[nrtbf"'\\/]|u[0-9a-f]{4})|%(?:25)*[0-9a-f]{2}/gi;
/** Long random words: small and capital letters and digits, e.g. 32 random bytes in base64url. */
const suspicious = /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[\w-]{40,128}$/;

/** What may be base64. */
const encoded = /[\w+/-]{16,8192}={0,2}/g;
/** Ids of requests and traces, and plain words, which fill logs and encode nothing. */
const isId = /^(?:[0-9a-f-]+|[a-z_/-]+)$/i;

interface Place {
  service: string;
  line: number;
}

/**
 * Redacts log lines and records where secrets were, not what they were. It knows the secrets of the run, those that
 * checks made or received, and the forms of tokens and keys.
 */
export class LogSecrets implements LogWatch {
  /** The secrets of the run. */
  readonly redactor = new Redactor();
  readonly #watched = new Map<string, SecretKind>();
  /** Passwords of several words, of which none is long enough to be one by itself. */
  readonly #phrases = new Phrases();
  readonly #logs = new Map<string, { lines: number; secrets: { line: number; kind: SecretKind }[] }>();
  /**
   * Digests of long random words with their places. A service may log a token before the response that tells the
   * harness about it.
   */
  readonly #suspects = new Map<string, Place[]>();

  watch(secret: string, kind: SecretKind): void {
    if (kind === 'password') this.#phrases.add(secret);
    for (const word of secret.match(words) ?? []) {
      if (this.#watched.has(word)) continue;
      this.#watched.set(word, kind);
      const places = this.#suspects.get(digest(word)) ?? [];
      this.#suspects.delete(digest(word));
      for (const { service, line } of places) this.#logOf(service).secrets.push({ line, kind });
    }
  }

  logs(): readonly WatchedLog[] {
    return [...this.#logs].map(([service, { lines, secrets }]) => ({
      service,
      lines,
      secrets: secrets.slice(0, maxFound).sort((a, b) => a.line - b.line),
    }));
  }

  knownIn(text: string): readonly SecretKind[] {
    const found = new Set<SecretKind>();
    const report = (kind: SecretKind) => found.add(kind);
    this.#redactWatched(this.redactor.redact(text, report), report);
    return [...found];
  }

  /** Redacts the next line of a node's log. */
  redactLine(service: string, raw: string): string {
    const log = this.#logOf(service);
    log.lines += 1;
    const line = log.lines;
    const report = (kind: SecretKind): void => {
      if (log.secrets.length < maxFound) log.secrets.push({ line, kind });
    };
    const known = this.#redactWatched(this.redactor.redact(raw, report), report);
    return this.#redactSuspects(redactText(known, report), { service, line });
  }

  #redactWatched(raw: string, report: (kind: SecretKind) => void): string {
    if (this.#watched.size === 0) return raw;
    let text = this.#phrases.redact(raw, () => report('password'));
    for (const [word] of raw.replaceAll(escapes, ' ').matchAll(words)) {
      const kind = this.#watched.get(word);
      if (kind === undefined) continue;
      report(kind);
      text = text.replaceAll(word, hidden);
    }
    return text.replaceAll(encoded, (whole) => {
      if (isId.test(whole)) return whole;
      const kind = this.#kindIn(Buffer.from(whole, 'base64').toString('latin1'));
      if (kind === undefined) return whole;
      report(kind);
      return hidden;
    });
  }

  /** The kind of the first known secret in a decoded text. */
  #kindIn(decoded: string): SecretKind | undefined {
    if (this.#phrases.occursIn(decoded)) return 'password';
    for (const [word] of decoded.matchAll(words)) {
      const kind = this.#watched.get(word);
      if (kind !== undefined) return kind;
    }
    return undefined;
  }

  #redactSuspects(text: string, place: Place): string {
    return text.replaceAll(words, (word) => {
      if (!suspicious.test(word)) return word;
      const key = digest(word);
      const places = this.#suspects.get(key) ?? [];
      if (places.length < maxFound && this.#suspects.size < maxSuspects)
        this.#suspects.set(key, [...places, place]);
      return hidden;
    });
  }

  #logOf(service: string) {
    const log = this.#logs.get(service) ?? { lines: 0, secrets: [] };
    this.#logs.set(service, log);
    return log;
  }
}

function digest(word: string): string {
  return createHash('sha256').update(word).digest('base64');
}
