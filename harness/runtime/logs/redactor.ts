import { hidden } from '../../evidence/named-secrets.ts';
import type { SecretKind } from '../../evidence/secret-names.ts';

/** Replaces the known secrets of the run in any text. */
export class Redactor {
  readonly #secrets = new Set<string>();
  #pattern: RegExp | undefined;

  /** Registers a secret. Values shorter than eight characters are ignored: they occur by chance. */
  add(secret: string): void {
    if (secret.length < 8 || this.#secrets.has(secret)) return;
    this.#secrets.add(secret);
    this.#secrets.add(encodeURIComponent(secret));
    // Longer ones first: a secret may begin with another one.
    const alternatives = [...this.#secrets].sort((a, b) => b.length - a.length).map(RegExp.escape);
    this.#pattern = new RegExp(alternatives.join('|'), 'g');
  }

  /** @param report called for every secret in the text */
  redact(text: string, report: (kind: SecretKind) => void = () => undefined): string {
    if (!this.#pattern) return text;
    return text.replace(this.#pattern, () => {
      report('secret of the platform');
      return hidden;
    });
  }
}
