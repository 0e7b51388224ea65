import type { Cores } from './processes.ts';
import type { Spread } from './statistics.ts';
import type { Tool, Tools } from './tools.ts';

/** Context of a measurement. */
export interface Bench {
  tools: Tools;
  cores: Cores;
  /** Temporary folder of this run. */
  folder: string;
  /** Bundled programs by service or file name. */
  programs: Readonly<Record<string, string>>;
  /** Number of rounds; each measures both sides. */
  rounds: number;
  /** Duration of one measurement, seconds. */
  seconds: number;
  signal: AbortSignal;
  /** Reports progress in one line. */
  progress(line: string): void;
}

/** Ours and the peer's, measured in turn. */
export interface Figures {
  /** Absolute figures in the row's unit; comparable within this run only. */
  ours: Spread;
  peer: Spread;
  /** The figure that the aim refers to: per round ours ÷ peer, or ours − peer. */
  figure: Spread;
  /** Reasons why the figure is invalid; empty if it is valid. */
  invalid: readonly string[];
  /** Additional figures. */
  notes: readonly string[];
}

/** One comparison. */
export interface Row {
  id: string;
  title: string;
  peer: string;
  unit: string;
  /** `ratio` is ours ÷ peer and should be high, `difference` is ours − peer and should be low. */
  compares: 'ratio' | 'difference';
  aim: number;
  needs: readonly Tool[];
  measure(bench: Bench): Promise<Figures>;
}
