import { Outcome } from '../../plan/outcome.ts';
import type { RunEvent } from '../../run/run-event.ts';
import type { Palette } from '../terminal/palette.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { pad, truncate } from '../terminal/text-width.ts';
import { formatDuration } from '../view/format-duration.ts';
import { outcomeTone, toned } from '../view/tone.ts';
import { finishedChecks, type Issue, nodesIn, type ProgressState } from './progress-state.ts';

const labelWidth = 10;

/** Maximum number of issues in the block. */
const maxIssues = 10;

/**
 * The block on a terminal: boot, checks, running checks, issues so far. It has fewer lines than the terminal
 * and every line is narrower, so moving the cursor up by its height always reaches its first line.
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
  if (finishedChecks(state) > 0 || state.running.size > 0) {
    lines.push(row('Checks', checksLine(state)));
    lines.push(pad('', labelWidth) + bar(state, Math.min(60, width - labelWidth), paint));
    const running = [...state.running].map(([id, sinceMs]) => `${id} ${formatDuration(at.nowMs - sinceMs)}`);
    if (running.length > 0) lines.push(paint.faint(row('', `running ${running.join(', ')}`)));
  }
  const room = terminal.rows - 1 - lines.length;
  return [...lines, ...issueLines(state.issues, room, width, paint)].slice(0, terminal.rows - 1);
}

/** The lines that stay on the terminal when the block is removed. */
export function progressDigest(state: ProgressState, elapsedMs: number): string[] {
  const lines = state.nodes.size > 0 ? [`Booted: ${bootLine(state)}`] : [];
  if (finishedChecks(state) > 0) lines.push(`Checked: ${checksLine(state)}, ${formatDuration(elapsedMs)}`);
  return lines.map(printable);
}

/** The log lines of one event without a terminal; none for events that need no line. */
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
      const detail = event.outcome === 'pass' || !event.detail ? '' : `: ${event.detail}`;
      const text = line(
        event.outcome,
        `${count}/${total} ${event.id} ${formatDuration(event.durationMs)}${detail}`,
      );
      return [event.outcome === 'pass' ? text : toned(outcomeTone(event.outcome), text, paint)];
    }
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
  const counts = Outcome.options
    .filter((outcome) => state.finished[outcome] > 0)
    .map((outcome) => `${state.finished[outcome]} ${outcome}`);
  return [`${finishedChecks(state)} of ${state.plannedChecks}`, ...counts].join(' · ');
}

/** The plan as a bar: passed, failed or blocked, not measured, to do. */
function bar(state: ProgressState, width: number, paint: Palette): string {
  if (width < 4) return '';
  const total = Math.max(state.plannedChecks, finishedChecks(state), 1);
  const { pass, fail, blocked } = state.finished;
  const upTo = (count: number) => Math.floor((count * width) / total);
  const passed = upTo(pass);
  const failed = upTo(pass + fail + blocked) - passed;
  const open = upTo(finishedChecks(state)) - passed - failed;
  return (
    paint.good('█'.repeat(passed)) +
    paint.bad('▓'.repeat(failed)) +
    paint.open('▒'.repeat(open)) +
    paint.faint('░'.repeat(width - passed - failed - open))
  );
}

function issueLines(issues: readonly Issue[], room: number, width: number, paint: Palette): string[] {
  if (issues.length === 0 || room < 1) return [];
  const line = ({ state, subject, detail }: Issue): string => {
    const text = printable(detail ? `${subject}  ${detail}` : subject);
    return paint.bad(truncate(pad(`✗ ${state}`, labelWidth + 2) + text, width));
  };
  const maximum = Math.min(room, maxIssues);
  if (issues.length <= maximum) return issues.map(line);
  const shown = issues.slice(issues.length - (maximum - 1)).map(line);
  return [paint.faint(truncate(`  and ${issues.length - shown.length} earlier`, width)), ...shown];
}
