import { z } from 'zod';
import { reportMarker } from '../engine/instruments/load/k6-script.ts';
import { sha256 } from '../plan/canonical-json.ts';
import { Histogram } from './histogram.ts';

/** A fraction in the notation of k6, from `0` to `1`. */
const fraction = String.raw`(?:0|1|\d{1,6}\/\d{1,6})`;

export const LoadSettings = z.object({
  profile: z.string().min(1),
  /** Iterations per second of all runners together. */
  rate: z.number().positive(),
  durationS: z.number().positive(),
  requestTimeoutS: z.number().positive(),
  /** Names of the requests of one iteration. */
  requests: z.array(z.string()).min(1),
  boundsMs: z.array(z.number().positive()).min(1),
});
export type LoadSettings = z.infer<typeof LoadSettings>;

/** What one k6 process measured, as its script prints it. */
export const RunnerReport = z
  .object({
    schema: z.literal('readiness.load-runner/1'),
    runId: z.string().min(1),
    /** SHA-256 of the plan and the script that ran. */
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    settings: LoadSettings,
    /** The runner's part of the load, e.g. `1/3:2/3`. */
    segment: z.string().regex(new RegExp(`^${fraction}:${fraction}$`)),
    /** The ends of all parts, e.g. `0,1/3,2/3,1`. */
    sequence: z.string().regex(new RegExp(`^${fraction}(?:,${fraction})+$`)),
    /** By the clock of the runner's node, milliseconds since 1970; null: it ended before it sent load. */
    startedAt: z.int().nullable(),
    endedAt: z.int(),
    iterations: z.int().nonnegative(),
    /** Iterations that the runner could not start in time. */
    dropped: z.int().nonnegative(),
    /** k6's own percentiles of the runner's expected responses, as evidence. They cannot be merged. */
    ownMs: z
      .object({ p50: z.number().nonnegative(), p95: z.number().nonnegative(), p99: z.number().nonnegative() })
      .nullable(),
    histograms: z.array(
      Histogram.extend({ request: z.string(), outcome: z.enum(['expected', 'unexpected', 'none']) }),
    ),
  })
  .superRefine(({ settings, histograms }, context) => {
    for (const [index, { request, count, buckets }] of histograms.entries()) {
      const path = ['histograms', index];
      const counted = buckets.reduce((sum, [, each]) => sum + each, 0);
      if (!settings.requests.includes(request))
        context.addIssue({ code: 'custom', path, message: `${request} is not a request of the settings` });
      if (counted !== count)
        context.addIssue({ code: 'custom', path, message: `the buckets count ${counted}, not ${count}` });
      if (buckets.some(([bucket]) => bucket > settings.boundsMs.length))
        context.addIssue({ code: 'custom', path, message: 'a bucket is outside of the bounds' });
    }
  });
export type RunnerReport = z.infer<typeof RunnerReport>;

/** A report, and the file with it. */
export interface FoundReport {
  file: string;
  report: RunnerReport;
}

export interface LogReports {
  found: FoundReport[];
  /** One sentence for each line that is damaged, e.g. cut off. Nothing is known about its runner. */
  damaged: string[];
}

/** The line of a report, as the script of k6 prints it. */
export function reportLine(report: RunnerReport): string {
  const json = JSON.stringify(report);
  return `${reportMarker} ${sha256(json)} ${json}`;
}

/** A line of a container engine's log file; `P` is a part of a longer line, `F` its end. */
const engineLine = /^\S+ (?:stdout|stderr) ([PF]) (.*)$/;

/**
 * The reports in the log of a pod. Before the marker may be what `kubectl logs` adds (`--timestamps`, `--prefix`).
 * Log files of containerd and CRI-O, with long lines in parts, are read too.
 */
export function readRunnerLog(text: string, file: string): LogReports {
  const reports: LogReports = { found: [], damaged: [] };
  for (const [index, line] of wholeLines(text)) {
    const at = line.indexOf(`${reportMarker} `);
    if (at === -1) continue;
    const [hash = '', ...rest] = line.slice(at + reportMarker.length + 1).split(' ');
    const json = rest.join(' ');
    if (sha256(json) !== hash) {
      reports.damaged.push(`${file}:${index + 1}: the report is cut off or was changed.`);
      continue;
    }
    const parsed = RunnerReport.safeParse(parse(json));
    if (parsed.success) reports.found.push({ file, report: parsed.data });
    else {
      const [issue] = parsed.error.issues;
      reports.damaged.push(
        `${file}:${index + 1}: the report is invalid: ${issue?.path.join('.') || 'report'}: ${issue?.message}.`,
      );
    }
  }
  return reports;
}

/** Lines with their index. Parts of a line are joined at the index of the first. */
function wholeLines(text: string): [number, string][] {
  const lines: [number, string][] = [];
  let partial: [number, string] | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/\r$/, '');
    const [, kind, content = ''] = engineLine.exec(line) ?? [];
    if (kind === undefined) {
      lines.push([index, line]);
      continue;
    }
    partial = partial === undefined ? [index, content] : [partial[0], partial[1] + content];
    if (kind === 'P') continue;
    lines.push(partial);
    partial = undefined;
  }
  if (partial !== undefined) lines.push(partial);
  return lines;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
