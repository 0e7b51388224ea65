import { createHash } from 'node:crypto';

const kib = 1024;
const mib = 1024 * kib;

/** Sizes around the buffers that streams, parsers and proxies use, and one of several of them, bytes. */
export const sizes: readonly number[] = [
  0,
  1,
  ...[16 * kib, 64 * kib, mib].flatMap((size) => [size - 1, size, size + 1]),
  5 * mib + 3,
];

/** Bytes without a pattern: a part that is lost, repeated or moved changes the hash. */
function noise(size: number, seed: string): Buffer {
  return createHash('shake256', { outputLength: Math.max(1, size) })
    .update(seed)
    .digest()
    .subarray(0, size);
}

/** A PDF by its signature, with bytes of every value. */
export function binaryContent(size: number, seed: string): Buffer {
  const signature = Buffer.from('%PDF-1.7\n');
  return Buffer.concat([signature, noise(Math.max(0, size - signature.length), seed)]).subarray(
    0,
    Math.max(size, signature.length),
  );
}

/** Text of one-byte characters. */
export function textContent(size: number, seed: string): Buffer {
  const letters = noise(Math.ceil((size * 3) / 4) + 3, seed).toString('base64url');
  return Buffer.from(letters.slice(0, size));
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
