/** A part of a platform: a service, a store, or a host that others call. */
export interface Component {
  name: string;
  /** Other names of it: of its host, container or database role. */
  aliases?: readonly string[];
  /** TCP ports on which it usually listens. */
  ports?: readonly number[];
  /** Beginnings of the paths that lead to it through others, e.g. `/api/files`. */
  paths?: readonly string[];
}

/** One text that may show why something failed: a line of a log, or the failure of a test. */
export interface Observation {
  kind: 'log' | 'failure';
  /** Name of the component that wrote the line or that the test is about; undefined: nobody knows. */
  component?: string;
  /** Where the reader finds it: `<file>:<line>`, or the name of a test. */
  place: string;
  text: string;
}

/** What a platform has shown of itself. */
export interface Observed {
  components: readonly Component[];
  /** Who calls whom by design, from and to. Calls that are seen in texts come on top. */
  calls: readonly (readonly [from: string, to: string])[];
  observations: readonly Observation[];
  /** Whether all failures are among the observations, so that what no failure comes from is no cause of one. */
  hasFailures: boolean;
}
