import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { ProcessFamily } from './process-table.ts';

const pidsOf = (family: ProcessFamily) => family.look().map(({ pid }) => pid);

it('sees a process and what it starts, and nobody else', async () => {
  const family = new ProcessFamily(process.pid);
  expect(pidsOf(family)).toContain(process.pid);
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  try {
    await once(child, 'spawn');
    const seen = pidsOf(family);
    expect(seen).toContain(child.pid);
    expect(seen).not.toContain(1);
    expect(seen).not.toContain(process.ppid);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  expect(pidsOf(family)).not.toContain(child.pid);
});
