import type { Symptom } from './symptom.ts';

/** Where a symptom was seen. */
export interface Sighting {
  place: string;
  /** The line or message, shortened. */
  text: string;
}

/** What is likely to be behind several failures. */
export interface RootCause {
  /** Id of the symptom that shows it. */
  symptom: string;
  /** The component to look at; `unknown` when no text names one. */
  component: string;
  /** E.g. `postgres refuses connections`. */
  title: string;
  cause: string;
  fix: string;
  /** 3: names what has to be fixed. 2: where. 1: only that something fails. */
  rank: Symptom['rank'];
  /** Id of a fault that shows the same. */
  fault?: string;
  /** The first sightings. */
  seen: readonly Sighting[];
  /** Number of all of them. */
  sightings: number;
  /** Number of failures among the sightings and consequences. */
  failures: number;
  /** Failures and components that fail because of it, one each, sorted. */
  consequences: readonly string[];
}

/** A call between two components. */
export interface Edge {
  from: string;
  to: string;
  /** What is wrong with it, e.g. `refuses connections`; absent for one that nothing was said about. */
  broken?: string;
}

/** What a platform suffers from. */
export interface Diagnosis {
  schema: 'readiness.diagnosis/1';
  /** The most telling first, and among those the one with the most consequences. */
  causes: readonly RootCause[];
  edges: readonly Edge[];
  /** Number of further symptoms in logs that no failure comes from: tests provoke some on purpose. */
  withoutFailure: number;
  /** Failures that no cause explains: names of tests. */
  unexplained: readonly string[];
  /** Number of texts that were read. */
  lines: number;
  failures: number;
}
