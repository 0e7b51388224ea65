import type { RunEvent, RunEvents } from '../../run/run-event.ts';
import { palette } from '../terminal/palette.ts';
import { type Terminal, type TerminalSource, terminalOf } from '../terminal/terminal.ts';
import { displayWidth } from '../terminal/text-width.ts';
import { initialProgress, type ProgressState, progressAfter } from './progress-state.ts';
import { progressBlock, progressDigest, progressLines } from './progress-view.ts';

/** The output of live progress, e.g. a `tty.WriteStream`. */
export interface ProgressStream extends TerminalSource {
  write(text: string): unknown;
}

/** A clock whose origin does not matter. */
export interface ProgressClock {
  nowMs(): number;
  /** Calls back repeatedly until the returned function is called. Must not keep the process alive. */
  every(intervalMs: number, callback: () => void): () => void;
}

export interface LiveProgress extends RunEvents, Disposable {
  /**
   * Replaces the block by a digest of a few lines and shows the cursor again. Safe to call twice. Call it
   * before other output and before the process ends.
   */
  close(): void;
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
/** Synchronized output: the terminal shows the new block at once. Other terminals ignore the sequences. */
const beginFrame = '\u001b[?2026h';
const endFrame = '\u001b[?2026l';
const clearToEndOfLine = '\u001b[K';
const clearBelow = '\u001b[J';
const frameMs = 100;

/**
 * Shows the progress of a run: on a terminal as one block that is redrawn ten times a second, else as plain
 * lines. `env` provides NO_COLOR, FORCE_COLOR, CI and TERM.
 */
export function liveProgress(options: {
  stream: ProgressStream;
  env: Readonly<Record<string, string | undefined>>;
  clock?: ProgressClock;
}): LiveProgress {
  const { stream, env, clock = processClock } = options;
  const terminal = terminalOf(stream, env);
  return terminal.interactive
    ? redrawnBlock(stream, () => terminalOf(stream, env), clock)
    : plainLines(stream, terminal, clock);
}

function plainLines(stream: ProgressStream, terminal: Terminal, clock: ProgressClock): LiveProgress {
  const paint = palette(terminal.colour);
  let state = initialProgress;
  return closable({
    emit(event) {
      const before = state;
      state = progressAfter(before, event, clock.nowMs());
      for (const line of progressLines(before, event, state, paint)) stream.write(`${line}\n`);
    },
    close() {},
  });
}

function redrawnBlock(stream: ProgressStream, measure: () => Terminal, clock: ProgressClock): LiveProgress {
  const startedAtMs = clock.nowMs();
  let state: ProgressState = initialProgress;
  let shown: string[] = [];

  const goToTop = (columns: number) => {
    const rows = shown.reduce((sum, line) => sum + rowsOf(line, columns), 0);
    return rows > 0 ? `\u001b[${rows}A\r` : '\r';
  };
  const draw = () => {
    const terminal = measure();
    const nowMs = clock.nowMs();
    const at = { nowMs, elapsedMs: nowMs - startedAtMs };
    const lines = progressBlock(state, at, terminal, palette(terminal.colour));
    const body = lines.map((line) => `${line}${clearToEndOfLine}\n`).join('');
    stream.write(`${beginFrame}${hideCursor}${goToTop(terminal.columns)}${body}${clearBelow}${endFrame}`);
    shown = lines;
  };
  const stopTicking = clock.every(frameMs, draw);
  draw();

  return closable({
    emit(event: RunEvent) {
      state = progressAfter(state, event, clock.nowMs());
    },
    close() {
      stopTicking();
      const digest = progressDigest(state, clock.nowMs() - startedAtMs);
      const lines = digest.map((line) => `${line}\n`).join('');
      stream.write(`${beginFrame}${goToTop(measure().columns)}${clearBelow}${lines}${showCursor}${endFrame}`);
      shown = [];
    },
  });
}

/** Rows of a line on a terminal that has become narrower and wraps it. */
function rowsOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(displayWidth(line) / columns));
}

function closable(progress: RunEvents & { close(): void }): LiveProgress {
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    progress.close();
  };
  return {
    emit(event) {
      if (!closed) progress.emit(event);
    },
    close,
    [Symbol.dispose]: close,
  };
}

const processClock: ProgressClock = {
  nowMs: () => performance.now(),
  every(intervalMs, callback) {
    const timer = setInterval(callback, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};
