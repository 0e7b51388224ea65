import { hidden } from '../../evidence/named-secrets.ts';

/** Minimum length of a phrase, characters. Shorter ones, such as `password`, occur in ordinary messages. */
const minLength = 12;
/** Maximum number of phrases: checks use few passwords of several words. */
const maxPhrases = 500;

/** Finds passwords of several words in texts, as they are and in the encodings of JSON, URLs and forms. */
export class Phrases {
  readonly #known = new Set<string>();
  #pattern: RegExp | undefined;

  add(phrase: string): void {
    if (phrase.length < minLength || /^[\w-]*$/.test(phrase)) return;
    if (this.#known.has(phrase) || this.#known.size >= maxPhrases) return;
    this.#known.add(phrase);
    const forms = [...this.#known].flatMap((one) => {
      const url = encodeURIComponent(one.toWellFormed());
      return [one, JSON.stringify(one).slice(1, -1), url, url.replaceAll('%20', '+')];
    });
    // Longer ones first: a password may begin with another one.
    const alternatives = [...new Set(forms)].sort((a, b) => b.length - a.length).map(RegExp.escape);
    this.#pattern = new RegExp(alternatives.join('|'), 'gi');
  }

  occursIn(text: string): boolean {
    return this.#pattern !== undefined && text.search(this.#pattern) >= 0;
  }

  /** @param report called for every phrase in the text */
  redact(text: string, report: () => void): string {
    if (!this.#pattern) return text;
    return text.replace(this.#pattern, () => {
      report();
      return hidden;
    });
  }
}
