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
    for (const form of base64Forms(secret)) this.#secrets.add(form);
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

/**
 * The part of the base64 form that does not depend on what is before and after the secret, for each of the three
 * positions at which it can begin.
 */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.from(`${' '.repeat(offset)}${secret}`).toString('base64');
    const stable = encoded.slice(offset === 0 ? 0 : offset + 1, Math.floor(encoded.length / 4 - 1) * 4);
    if (stable.length < 8) return [];
    return [stable, stable.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
