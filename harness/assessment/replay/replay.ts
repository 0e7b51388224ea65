import type { Result } from '../../judge/result.ts';

/** How the document or the run sees a line. `unknown`: nothing was measured, which is no state of the platform. */
export type LineStanding = 'works' | 'fails' | 'unknown';

/** One line of the assessment beside what a run measured. */
export interface ReplayLine {
  /** Where the line is in the document. */
  place: string;
  title: string;
  /** The wording of the document. */
  stated: string;
  /** What the run measured, in the same form. */
  measured: string;
  agrees: boolean;
  /** Why document and measurement differ, or what the measurement rests on. One or two sentences. */
  explanation: string;
}

/** A run of the platform in the state that an assessment describes, line by line beside the document. */
export interface Replay {
  schema: 'readiness.replay/1';
  /** Of the document. */
  title: string;
  date: string;
  /** Of the run. */
  runId: string;
  decision: Result['verdict']['decision'];
  faults: readonly string[];
  /** In the order of the document: total, categories, conditions, rows. */
  lines: readonly ReplayLine[];
  /** Conditions for GO that are not met. */
  conditionsNotMet: number;
  conditions: number;
}
