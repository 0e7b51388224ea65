import { expect, it } from 'vitest';
import { readEvents } from './read-events.ts';

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function all(text: string, { size = 1_000, limit = 1_000 } = {}): Promise<string[]> {
  return Array.fromAsync(readEvents(inPieces(text, size), limit));
}

it.each([1, 2, 3, 1_000])('finds the same events in pieces of %d bytes', async (size) => {
  const text = 'data: {"a":"ä€😀"}\r\n\r\n: a comment\n\nevent: x\ndata: one\ndata: two\n\ndata:last\n\n';
  expect(await all(text, { size })).toEqual(['{"a":"ä€😀"}', 'one\ntwo', 'last']);
});

it('ignores an incomplete event', async () => {
  expect(await all('data: whole\n\ndata: half')).toEqual(['whole']);
});

it('stops at its limit', async () => {
  await expect(all('data: 12345\n\n'.repeat(10), { limit: 20 })).rejects.toThrow(RangeError);
});

it('rejects bytes that are not UTF-8', async () => {
  const bytes = (async function* () {
    yield Buffer.from([0xff, 0xfe]);
  })();
  await expect(Array.fromAsync(readEvents(bytes, 100))).rejects.toThrow(TypeError);
});
