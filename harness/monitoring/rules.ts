import { alerts, recordings } from './alerts.ts';
import { dashboards } from './dashboards.ts';
import { type Pace, withWindow } from './pace.ts';

/** The rules file of Prometheus. */
export function rulesFile(pace: Pace): object {
  return {
    groups: [
      {
        name: 'recordings',
        rules: recordings.map(({ name, expression }) => ({
          record: name,
          expr: withWindow(expression, pace),
        })),
      },
      {
        name: 'alerts',
        rules: alerts.map(({ name, severity, measure, operator, limit, summary, action }) => ({
          alert: name,
          expr: `(${withWindow(measure, pace)}) ${operator} ${limit}`,
          for: `${pace.holdS}s`,
          labels: { severity },
          annotations: { summary, action },
        })),
      },
    ],
  };
}

/** The names of all rules, in the order of the file. */
export const ruleNames: readonly string[] = [...recordings, ...alerts].map(({ name }) => name);

/**
 * Every expression that must have a value while the platform is well: those of all panels, and what each alert
 * measures.
 */
export function expressions(pace: Pace): { place: string; expression: string }[] {
  return [
    ...dashboards.flatMap(({ title, panels }) =>
      panels.map((panel) => ({
        place: `${title} / ${panel.title}`,
        expression: withWindow(panel.expression, pace),
      })),
    ),
    ...alerts.map(({ name, measure }) => ({
      place: `alert ${name}`,
      expression: withWindow(measure, pace),
    })),
  ];
}
