import type { RunEvent } from '../../run/run-event.ts';
import type { Palette } from '../terminal/palette.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { pad, truncate } from '../terminal/text-width.ts';
import { formatDuration } from '../view/format-duration.ts';
import { formatVerdict, toned, verdictTone } from '../view/format-outcome.ts';
import { type Ending, finishedChecks, nodesIn, type ProgressState, type Setback } from './progress-state.ts';

const labelWidth = 10;
const endings: readonly Ending[] = ['pass', 'fail', 'blocked', 'error', 'unmeasured'];

/**
 * The block shown on a terminal: boot, checks, what runs now, what went wrong so far. Never higher than the
 * terminal less one line, and no line as wide as the terminal, so that moving up by its height always lands
 * on its first line.
 */
export function progressBlock(
  state: ProgressState,
  at: { elapsedMs: number; nowMs: number },
  terminal: Terminal,
  paint: Palette,
): string[] {
  const width = terminal.columns - 1;
  const row = (label: string, text: string) =>
    pad(label, labelWidth) + truncate(printable(text), width - labelWidth);
  const lines = [
    paint.faint(row('Run', `${state.runId || 'preparing'} · ${formatDuration(at.elapsedMs)}`)),
    row('Boot', bootLine(state)),
  ];
  const starting = nodesIn(state, 'starting');
  if (starting.length > 0) lines.push(paint.faint(row('', `starting ${starting.join(', ')}`)));
  const done = finishedChecks(state);
  if (done > 0 || state.running.size > 0) {
    lines.push(row('Checks', checksLine(state)));
    lines.push(pad('', labelWidth) + bar(state, Math.min(60, width - labelWidth), paint));
    const running = [...state.running].map(([id, sinceMs]) => `${id} ${formatDuration(at.nowMs - sinceMs)}`);
    if (running.length > 0) lines.push(paint.faint(row('', `running ${running.join(', ')}`)));
  }
  if (state.interruptedBy) lines.push(paint.open(row('Stopping', `interrupted by ${state.interruptedBy}`)));
  const room = terminal.rows - 1 - lines.length;
  return [...lines, ...setbackLines(state.setbacks, room, width, paint)].slice(0, terminal.rows - 1);
}

/** What stays on the terminal once the block is gone. */
export function progressDigest(state: ProgressState, elapsedMs: number): string[] {
  const lines = state.nodes.size > 0 ? [`Booted: ${bootLine(state)}`] : [];
  if (finishedChecks(state) > 0) lines.push(`Checked: ${checksLine(state)}, ${formatDuration(elapsedMs)}`);
  if (state.interruptedBy) lines.push(`Interrupted by ${state.interruptedBy}`);
  return lines.map(printable);
}

/** The lines of a log without a terminal for one event; none for events that say nothing new to a reader. */
export function progressLines(
  before: ProgressState,
  event: RunEvent,
  after: ProgressState,
  paint: Palette,
): string[] {
  const line = (label: string, text: string) => `${pad(label, labelWidth)}${printable(text)}`;
  switch (event.type) {
    case 'plan-frozen':
      return [
        line(
          'plan',
          `${event.checks} checks, ${event.nodes.length} nodes to boot, run ${event.runId}, plan ${event.planSha256.slice(0, 12)}`,
        ),
      ];
    case 'starting':
      return [];
    case 'ready':
      return [line('ready', `${event.node} after ${formatDuration(event.atMs)}`)];
    case 'failed':
      return [paint.bad(line('failed', `${event.node} after ${formatDuration(event.atMs)}: ${event.cause}`))];
    case 'check-started':
      return before.running.size === 0 && finishedChecks(before) === 0 && after.nodes.size > 0
        ? [line('booted', bootLine(after))]
        : [];
    case 'check-finished': {
      const total = String(after.plannedChecks);
      const count = pad(String(finishedChecks(after)), total.length, 'right');
      const detail = event.ending === 'pass' || !event.detail ? '' : `: ${event.detail}`;
      const text = `${pad(event.ending, labelWidth)}${printable(
        `${count}/${total} ${event.id} ${formatDuration(event.durationMs)}${detail}`,
      )}`;
      return [paintEnding(event.ending, paint)(text)];
    }
    case 'interrupted':
      return [paint.open(line('stopping', `interrupted by ${event.by}`))];
    case 'judged': {
      const text = line('judged', formatVerdict(event.verdict));
      return [toned(verdictTone(event.verdict), text, paint)];
    }
    case 'report-written':
      return [line('report', event.path)];
  }
}

function bootLine(state: ProgressState): string {
  const ready = nodesIn(state, 'ready');
  const failed = nodesIn(state, 'failed').length;
  const lastMs = Math.max(0, ...[...state.nodes.values()].map((node) => node.atMs));
  const parts = [`${ready.length} of ${state.nodes.size} ready`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (lastMs > 0) parts.push(formatDuration(lastMs));
  return parts.join(' · ');
}

function checksLine(state: ProgressState): string {
  const counts = endings
    .filter((ending) => state.finished[ending] > 0)
    .map((ending) => `${state.finished[ending]} ${ending}`);
  return [`${finishedChecks(state)} of ${state.plannedChecks}`, ...counts].join(' · ');
}

/** One cell per share of the plan: passed, failed or blocked, not measured, still to come. */
function bar(state: ProgressState, width: number, paint: Palette): string {
  if (width < 4) return '';
  const total = Math.max(state.plannedChecks, finishedChecks(state), 1);
  const { pass, fail, blocked, error, unmeasured } = state.finished;
  const upTo = (count: number) => Math.floor((count * width) / total);
  const passed = upTo(pass);
  const failed = upTo(pass + fail + blocked) - passed;
  const open = upTo(pass + fail + blocked + error + unmeasured) - passed - failed;
  return (
    paint.good('█'.repeat(passed)) +
    paint.bad('▓'.repeat(failed)) +
    paint.open('▒'.repeat(open)) +
    paint.faint('░'.repeat(width - passed - failed - open))
  );
}

function setbackLines(setbacks: readonly Setback[], room: number, width: number, paint: Palette): string[] {
  if (setbacks.length === 0 || room < 1) return [];
  const all = setbacks.map((setback) => {
    const detail = setback.detail ? `  ${setback.detail}` : '';
    return paint.bad(
      truncate(pad(`✗ ${setback.ending}`, labelWidth + 2) + printable(setback.subject + detail), width),
    );
  });
  const most = Math.min(room, 10);
  if (all.length <= most) return all;
  const shown = all.slice(all.length - (most - 1));
  return [paint.faint(truncate(`  and ${all.length - shown.length} earlier`, width)), ...shown];
}

function paintEnding(ending: Ending, paint: Palette): (text: string) => string {
  if (ending === 'pass') return (text) => text;
  return ending === 'fail' || ending === 'blocked' ? paint.bad : paint.open;
}
