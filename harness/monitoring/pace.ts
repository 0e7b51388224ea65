/** How often monitoring measures, and how long a condition must last. Limits of alerts do not depend on it. */
export interface Pace {
  /** Time between two scrapes of a target, and between two evaluations of a rule, seconds. */
  scrapeS: number;
  /** Time over which rates and percentiles are computed, seconds; at least four scrapes. */
  windowS: number;
  /** How long a condition must last until its alert fires, seconds. */
  holdS: number;
  /** Minimum time between two notifications about a group of alerts, seconds. */
  notifyS: number;
}

/** The pace of a deployment. */
export const deploymentPace: Pace = { scrapeS: 15, windowS: 120, holdS: 60, notifyS: 60 };

/** The pace of a run, so that an alert fires and clears within half a minute. */
export const runPace: Pace = { scrapeS: 2, windowS: 10, holdS: 2, notifyS: 1 };

/** Placeholder of the window in expressions. */
const window = '$window';

/** Puts a window into an expression of the description: that of a pace, or a variable of Grafana. */
export function withWindow(expression: string, pace: Pace | string): string {
  return expression.replaceAll(window, typeof pace === 'string' ? pace : `${pace.windowS}s`);
}
