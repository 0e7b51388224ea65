import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../run/run-event.ts';
import { displayWidth } from '../terminal/text-width.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { Screen } from '../testing/screen.ts';
import { liveProgress } from './live-progress.ts';

const planFrozen: RunEvent = {
  type: 'plan-frozen',
  runId: 'r1',
  planSha256: 'a'.repeat(64),
  checks: 4,
  nodes: ['postgres', 'gateway'],
};
const run: RunEvent[] = [
  planFrozen,
  { type: 'starting', node: 'postgres', atMs: 0 },
  { type: 'ready', node: 'postgres', atMs: 900 },
  { type: 'starting', node: 'gateway', atMs: 901 },
  { type: 'failed', node: 'gateway', atMs: 1900, cause: 'exited with code 78 before it was ready' },
  { type: 'check-started', id: 'infra.postgres.version' },
  { type: 'check-finished', id: 'infra.postgres.version', outcome: 'pass', durationMs: 12 },
  { type: 'check-started', id: 'auth.login.valid' },
  { type: 'check-finished', id: 'auth.login.valid', outcome: 'fail', durationMs: 1500, detail: 'status 503' },
];

function piped(events: readonly RunEvent[]): string {
  let text = '';
  const progress = liveProgress({ stream: { write: (part) => (text += part) }, env: {} });
  for (const event of events) progress.emit(event);
  progress.close();
  return text;
}

describe('live progress without a terminal', () => {
  it('writes plain lines', () => {
    expect(piped(run)).toMatchInlineSnapshot(`
      "plan      4 checks, 2 nodes to boot, run r1, plan aaaaaaaaaaaa
      ready     postgres after 900 ms
      failed    gateway after 1.9 s: exited with code 78 before it was ready
      booted    1 of 2 ready · 1 failed · 1.9 s
      pass      1/4 infra.postgres.version 12 ms
      fail      2/4 auth.login.valid 1.5 s: status 503
      "
    `);
  });

  it('writes no escape sequences of a log line', () => {
    const text = piped([
      planFrozen,
      { type: 'failed', node: 'gateway', atMs: 1, cause: 'boom\u001b[2J\u001b[31m\r\nfake: all is well' },
    ]);
    expect(text).not.toContain('\u001b');
    expect(text.trimEnd().split('\n')).toHaveLength(2);
  });

  it('writes plain lines on a terminal in CI', () => {
    const screen = new Screen(80, 24);
    const progress = liveProgress({ stream: screen, env: { CI: 'true' }, clock: new ManualClock() });
    for (const event of run) progress.emit(event);
    progress.close();
    expect(screen.text().split('\n')[0]).toBe(
      'plan      4 checks, 2 nodes to boot, run r1, plan aaaaaaaaaaaa',
    );
    expect(screen.cursorVisible).toBe(true);
  });
});

describe('live progress on a terminal', () => {
  it('redraws one block in place', () => {
    const screen = new Screen(80, 24);
    const clock = new ManualClock();
    const progress = liveProgress({ stream: screen, env: { NO_COLOR: '1' }, clock });
    for (const event of run) {
      progress.emit(event);
      clock.advance(100);
    }
    progress.emit({ type: 'check-started', id: 'auth.register.fresh-email' });
    clock.advance(2500);
    expect(screen.text()).toMatchInlineSnapshot(`
      "Run       r1 · 3.4 s
      Boot      1 of 2 ready · 1 failed · 1.9 s
      Checks    2 of 4 · 1 pass · 1 fail
                ███████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
                running auth.register.fresh-email 2.5 s
      ✗ not ready gateway  exited with code 78 before it was ready
      ✗ fail      auth.login.valid  status 503"
    `);
    expect(screen.cursorVisible).toBe(false);
  });

  it('leaves a digest, shows the cursor and stops its timer', () => {
    const screen = new Screen(80, 24);
    const clock = new ManualClock();
    const progress = liveProgress({ stream: screen, env: {}, clock });
    for (const event of run) progress.emit(event);
    clock.advance(4200);
    progress.close();
    progress.close();
    expect(screen.text()).toMatchInlineSnapshot(`
      "Booted: 1 of 2 ready · 1 failed · 1.9 s
      Checked: 2 of 4 · 1 pass · 1 fail, 4.2 s"
    `);
    expect(screen.cursorVisible).toBe(true);
    expect(clock.timers).toBe(0);
  });

  it('leaves no remains of a wider block when the terminal becomes narrower', () => {
    const screen = new Screen(100, 24);
    const clock = new ManualClock();
    const progress = liveProgress({ stream: screen, env: { NO_COLOR: '1' }, clock });
    for (const event of run) progress.emit(event);
    clock.advance(100);
    screen.columns = 40;
    clock.advance(100);
    for (const line of screen.text().split('\n')) expect(displayWidth(line)).toBeLessThan(40);
  });

  it('fits a small terminal even with many issues', () => {
    const screen = new Screen(40, 10);
    const clock = new ManualClock();
    const progress = liveProgress({ stream: screen, env: {}, clock });
    progress.emit({ ...planFrozen, checks: 200 });
    for (let index = 0; index < 100; index += 1)
      progress.emit({
        type: 'check-finished',
        id: `services.some-very-long-name-${index}.answers-with-identity`,
        outcome: 'fail',
        durationMs: 1,
        detail: '日本語 '.repeat(30),
      });
    clock.advance(100);
    const lines = screen.text().split('\n');
    expect(lines.length).toBeLessThan(10);
    for (const line of lines) expect(displayWidth(line)).toBeLessThan(40);
    expect(screen.text()).toContain('earlier');
  });
});
