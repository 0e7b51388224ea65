import { createHash } from 'node:crypto';

/**
 * Pseudo-random numbers in [0,1) that depend only on the seed and the purpose: a run can be repeated. The generator is sfc32 (Doty-Humphrey, PractRand), seeded with 128 bits of SHA-256. Not for secrets.
 */
export function seededRandom(seed: number, purpose: string): () => number {
  const digest = createHash('sha256').update(`${seed}:${purpose}`).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let counter = digest.readInt32LE(12);
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
}
