import { describe, expect, it } from 'vitest';
import { Phrases } from './phrases.ts';

const phrase = 'compilers "from" words & 1952';

describe('passwords of several words', () => {
  it.each([
    ['as they are', `user typed ${phrase}.`],
    ['in JSON', JSON.stringify({ typed: phrase })],
    ['in a URL', `GET /x?q=${encodeURIComponent(phrase)}`],
    ['in a form', new URLSearchParams({ q: phrase }).toString().replaceAll('%22', '%22')],
    ['in capital letters', phrase.toUpperCase()],
  ])('are found %s', (_where, text) => {
    const phrases = new Phrases();
    phrases.add(phrase);
    let found = 0;
    expect(phrases.redact(text, () => (found += 1))).not.toMatch(/1952/);
    expect(found).toBe(1);
    expect(phrases.occursIn(text)).toBe(true);
  });

  it.each(['password', 'short 1', 'one-word-of-any-length'])('%j is none: it occurs by chance', (word) => {
    const phrases = new Phrases();
    phrases.add(word);
    expect(phrases.occursIn(`the ${word} is missing`)).toBe(false);
  });
});
