import type { Cores } from './processes.ts';
import type { Spread } from './statistics.ts';
import type { Tool, Tools } from './tools.ts';

/** What every measurement is given. */
export interface Bench {
  tools: Tools;
  cores: Cores;
  /** Folder of this run, gone afterwards. */
  folder: string;
  /** Bundled programs by service or file name. */
  programs: Readonly<Record<string, string>>;
  /** How often A and B are measured in turn. */
  rounds: number;
  /** Length of one measurement. */
  seconds: number;
  signal: AbortSignal;
  /** One line about what is going on. */
  progress(line: string): void;
}

/** Ours and the peer's, measured in turn. */
export interface Figures {
  /** Absolute figures in the row's unit; good for this run only. */
  ours: Spread;
  peer: Spread;
  /** What the aim is about: per round ours ÷ peer, or ours − peer. */
  figure: Spread;
  /** Why the figure does not count; empty when it does. */
  invalid: readonly string[];
  /** Further things measured on the way. */
  notes: readonly string[];
}

/** One line of the table. */
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
