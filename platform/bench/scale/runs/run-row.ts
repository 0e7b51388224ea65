import type { Spread } from '../../statistics.ts';

/** Steps of every measured run. */
export const stepsPerRun = 10;

/** Stores and target of a row, opened once and used by both sides. */
export interface RunStage extends AsyncDisposable {
  /** Runs `count` runs of `stepsPerRun` steps at the same time. @returns the time of the steps, milliseconds */
  ours(count: number): Promise<number>;
  /** Does what the steps cannot do without: one HTTP call and one journal write each. @returns milliseconds */
  floor(count: number): Promise<number>;
}

export interface RunRow {
  id: string;
  title: string;
  /** What the floor consists of. */
  floor: string;
  /** Maximum ours ÷ floor. */
  aim: number;
  /** @param targetUrl where the steps call */
  open(targetUrl: string): Promise<RunStage>;
}

export interface RunFigures {
  /** Milliseconds per step. */
  ours: Spread;
  floor: Spread;
  /** ours ÷ floor of the same round. */
  ratio: Spread;
  /**
   * The same in processor time of this process: ours also stores and ends the runs. It depends less on other load.
   */
  processorRatio: Spread;
}
