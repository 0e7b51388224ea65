import type { ProgramRun } from './run-program.ts';

/** Programs that a check runs: the harness's own Node. */
export type ProgramName = 'node';

export interface ProgramInstrument {
  /**
   * A new folder for the files of the programs, which can import the packages of the repository. The end of the run
   * removes it.
   */
  folder(): Promise<string>;
  /**
   * Runs a program until it exits. Its output becomes the evidence `<label>.txt`.
   * @throws the signal's reason at the check's time limit.
   */
  run(
    name: ProgramName,
    args: readonly string[],
    options: { label: string; folder: string; input?: string },
  ): Promise<ProgramRun>;
}
