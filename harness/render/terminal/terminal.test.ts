import { describe, expect, it } from 'vitest';
import { terminalOf } from './terminal.ts';

const tty = { isTTY: true, columns: 120, rows: 40 };

describe('terminalOf', () => {
  it('redraws and colours on a terminal', () => {
    expect(terminalOf(tty, {})).toEqual({ columns: 120, rows: 40, colour: true, interactive: true });
  });

  it('writes plain lines without colour into a pipe', () => {
    expect(terminalOf({}, {})).toEqual({ columns: 100, rows: 24, colour: false, interactive: false });
  });

  it('obeys NO_COLOR even with FORCE_COLOR, and ignores an empty NO_COLOR', () => {
    expect(terminalOf(tty, { NO_COLOR: '1', FORCE_COLOR: '1' }).colour).toBe(false);
    expect(terminalOf(tty, { NO_COLOR: '' }).colour).toBe(true);
  });

  it('colours a pipe only with FORCE_COLOR', () => {
    expect(terminalOf({}, { FORCE_COLOR: '1' })).toMatchObject({ colour: true, interactive: false });
    expect(terminalOf({}, { FORCE_COLOR: '0' }).colour).toBe(false);
  });

  it('does not redraw in CI or on a dumb terminal', () => {
    expect(terminalOf(tty, { CI: 'true' }).interactive).toBe(false);
    expect(terminalOf(tty, { TERM: 'dumb' })).toMatchObject({ interactive: false, colour: false });
  });
});
