/**
 * What a text shows. `component`: something is wrong in the component that wrote it. `peer`: what it calls cannot be
 * used, so the cause is there. `link`: both work, and what one of them uses to reach the other is wrong.
 */
export type SymptomAbout = 'component' | 'peer' | 'link';

/** A form that failures have in logs and messages, and what is behind it. */
export interface Symptom {
  /** Unique, e.g. `database.password-rejected`. */
  id: string;
  pattern: RegExp;
  about: SymptomAbout;
  /** How much it says. 3: what has to be fixed. 2: where. 1: only that something fails. */
  rank: 1 | 2 | 3;
  /** What it means, after the name of the component, e.g. `cannot be reached`. */
  means: string;
  cause: string;
  fix: string;
  /** The component that it points at, where the text need not name it. */
  peer?: 'postgres' | 'redis';
  /** Id of a fault that shows the same: `readiness reproduce <id>`. */
  fault?: string;
}
