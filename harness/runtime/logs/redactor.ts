/** Replaces secrets of the run, which are known exactly, wherever they turn up. */
export class Redactor {
  readonly #secrets = new Set<string>();
  #pattern: RegExp | undefined;

  /** From now on the value is replaced. Values shorter than eight characters are left: they occur by chance. */
  add(secret: string): void {
    if (secret.length < 8 || this.#secrets.has(secret)) return;
    this.#secrets.add(secret);
    this.#secrets.add(encodeURIComponent(secret));
    // Longer ones first, so that a secret that begins like another is replaced whole.
    const alternatives = [...this.#secrets].sort((a, b) => b.length - a.length).map(RegExp.escape);
    this.#pattern = new RegExp(alternatives.join('|'), 'g');
  }

  redact(text: string): string {
    return this.#pattern ? text.replace(this.#pattern, '[redacted]') : text;
  }
}
