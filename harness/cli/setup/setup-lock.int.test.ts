import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withSetupLock } from './setup-lock.mjs';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'setup-lock-'));
  lock = join(folder, 'tools', 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const ignore = { onWait: () => {} };

function leaveBehind(owner: { pid: number; host: string }): void {
  mkdirSync(lock, { recursive: true });
  writeFileSync(join(lock, 'owner.json'), JSON.stringify(owner));
}

test('runs two setups in sequence, and the second reports that it waits', async () => {
  const events: string[] = [];
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = withSetupLock(lock, ignore, async () => {
    events.push('first begins');
    await held;
    events.push('first ends');
  });
  const onWait = (owner: string): void => {
    events.push(`second waits for ${owner}`);
    release();
  };
  await Promise.all([first, withSetupLock(lock, { onWait }, async () => void events.push('second'))]);
  expect(events).toEqual(['first begins', `second waits for process ${process.pid}`, 'first ends', 'second']);
});

test('never runs two of many setups at the same time', async () => {
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 5 }, () => withSetupLock(lock, ignore, work)));
  expect(most).toBe(1);
});

test('releases the lock after a failure', async () => {
  const failing = withSetupLock(lock, ignore, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(existsSync(lock)).toBe(false);
});

test('takes over the lock of a dead process at once', async () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  leaveBehind({ pid, host: hostname() });
  await expect(withSetupLock(lock, ignore, async () => 'done')).resolves.toBe('done');
});

test('takes over a lock from another machine that was not renewed for two minutes', async () => {
  leaveBehind({ pid: 1, host: 'elsewhere.invalid' });
  const longAgo = new Date(Date.now() - 120_000);
  utimesSync(lock, longAgo, longAgo);
  await expect(withSetupLock(lock, ignore, async () => 'done')).resolves.toBe('done');
});
