import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';

/** A separate program: it only verifies passwords, on every core, and prints the number per second. */
const seconds = Number(process.argv[2]);
const parameters = JSON.parse(process.argv[3] ?? '{}') as Parameters<typeof hash>[1];
const password = 'Kept-secret of the measurement';

const stored = await hash(password, parameters);

async function verifyUntil(end: number): Promise<number> {
  let count = 0;
  while (performance.now() < end) {
    if (!(await verify(stored, password))) throw new Error('the right password was rejected');
    count += 1;
  }
  return count;
}

const started = performance.now();
const end = started + seconds * 1000;
const counts = await Promise.all(Array.from({ length: availableParallelism() }, () => verifyUntil(end)));
const elapsedS = (performance.now() - started) / 1000;
const perSecond = counts.reduce((sum, count) => sum + count, 0) / elapsedS;
process.stdout.write(`${JSON.stringify({ perSecond })}\n`);
