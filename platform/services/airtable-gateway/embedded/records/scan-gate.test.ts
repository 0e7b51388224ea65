import { describe, expect, it } from 'vitest';
import { createScanGate } from './scan-gate.ts';

const { signal } = new AbortController();

/** A scan that ends when it is told to. */
function openScan() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const scan = {
    hasStarted: false,
    end: resolve,
    async run() {
      scan.hasStarted = true;
      await promise;
      return 'scanned';
    },
  };
  return scan;
}

const turns = async () => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

describe('the gate of scans', () => {
  it('lets two scans run, and the next one when one has ended', async () => {
    const gate = createScanGate();
    const scans = [openScan(), openScan(), openScan()] as const;
    const results = scans.map((scan) => gate.run('one', signal, scan.run));
    await turns();
    expect(scans.map(({ hasStarted }) => hasStarted)).toEqual([true, true, false]);
    scans[0].end();
    await results[0];
    await turns();
    expect(scans[2].hasStarted).toBe(true);
    scans[1].end();
    scans[2].end();
    expect(await Promise.all(results)).toEqual(['scanned', 'scanned', 'scanned']);
  });

  it('goes on after a scan that fails', async () => {
    const gate = createScanGate();
    for (let time = 0; time < 5; time += 1)
      await expect(gate.run('one', signal, () => Promise.reject(new Error('broken')))).rejects.toThrow(
        'broken',
      );
    expect(await gate.run('one', signal, async () => 'fine')).toBe('fine');
  });

  it('takes turns among the tenants', async () => {
    const gate = createScanGate();
    const running = [openScan(), openScan()];
    const first = running.map((scan) => gate.run('busy', signal, scan.run));
    const busy = Array.from({ length: 5 }, openScan);
    const waiting = busy.map((scan) => gate.run('busy', signal, scan.run));
    const other = openScan();
    const others = gate.run('other', signal, other.run);
    for (const scan of running) scan.end();
    await Promise.all(first);
    await turns();
    expect(other.hasStarted).toBe(true);
    expect(busy.filter(({ hasStarted }) => hasStarted)).toHaveLength(1);
    for (const scan of [...busy, other]) scan.end();
    await Promise.all([...waiting, others]);
  });

  it('refuses a tenant with too many scans, and others go on', async () => {
    const gate = createScanGate();
    const scans = Array.from({ length: 26 }, openScan);
    const running = scans.map((scan) => gate.run('busy', signal, scan.run));
    await expect(gate.run('busy', signal, async () => '')).rejects.toMatchObject({
      code: 'rate_limited',
      type: 'TOO_MANY_REQUESTS',
    });
    const other = gate.run('other', signal, async () => 'fine');
    for (const scan of scans) scan.end();
    expect(await other).toBe('fine');
    await Promise.all(running);
  });

  it('refuses everybody when too many wait', async () => {
    const gate = createScanGate();
    const scans = Array.from({ length: 66 }, openScan);
    const running = scans.map((scan, index) => gate.run(`tenant ${index % 6}`, signal, scan.run));
    await expect(gate.run('one more', signal, async () => '')).rejects.toMatchObject({ code: 'not_ready' });
    for (const scan of scans) scan.end();
    await Promise.all(running);
  });

  it('forgets a scan whose caller has gone', async () => {
    const gate = createScanGate();
    const scans = [openScan(), openScan()];
    const running = scans.map((scan) => gate.run('one', signal, scan.run));
    const leaving = new AbortController();
    const left = openScan();
    const result = gate.run('one', leaving.signal, left.run);
    leaving.abort(new Error('gone'));
    await expect(result).rejects.toThrow('gone');
    for (const scan of scans) scan.end();
    await Promise.all(running);
    await turns();
    expect(left.hasStarted).toBe(false);
    expect(await gate.run('one', signal, async () => 'fine')).toBe('fine');
  });

  it('does not let anybody wait for ever', async () => {
    const gate = createScanGate({ patience: 1 });
    const scans = [openScan(), openScan()];
    const running = scans.map((scan) => gate.run('one', signal, scan.run));
    await expect(gate.run('one', signal, async () => '')).rejects.toMatchObject({ code: 'not_ready' });
    for (const scan of scans) scan.end();
    await Promise.all(running);
  });
});
