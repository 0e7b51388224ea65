import { defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { type ServiceName, serviceNames } from '../../platform/contracts/service.ts';
import { pollUntil } from '../kit/poll-until.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { quietService, untracedLogs } from './node-breaks.ts';

/** Maximum time from a response until its line has arrived, milliseconds. */
const arrivalMs = 2_000;

/** Fields that every log line needs to be found, sorted and counted. */
const fields = ['time', 'level', 'service', 'msg'];

export const structuredLogs = defineCheck({
  id: 'infrastructure.logs.structured-with-trace-ids',
  title: 'Every service logs JSON with the id of the trace',
  failureTitle: 'Log lines are no JSON, or do not name the trace of their request',
  standards: ['ASVS 16.2.1', 'ASVS 16.2.4'],
  why: 'A request passes several services. Only a shared id in every log finds all its lines, and only JSON can be searched by field.',
  category: 'infrastructure',
  severity: 'high',
  needs: serviceNames.map(readyCheckId),
  requires: ['logs'],
  services: serviceNames,
  remediation: {
    text: 'Log with the platform’s createLog, which writes one JSON object per line, and inside the scope of the request, which adds trace_id. Set LOG_LEVEL=info.',
    effort: 'hours',
  },
  breaks: [quietService, untracedLogs],
  expects: { services: equals(serviceNames.length), withoutTrace: empty(), invalid: empty() },
  timeoutMs: 30_000,
  async run(context) {
    const { http, logLines, unique, random } = context;
    const hexDigits = (length: number): string =>
      Array.from({ length }, () => Math.floor(1 + random() * 15).toString(16)).join('');
    const withoutTrace: string[] = [];
    const invalid: string[] = [];
    const look = async (service: ServiceName): Promise<void> => {
      // A rejected request is always logged; a successful one only at level debug.
      const path = `/${unique('no-such-path')}`;
      const traceId = hexDigits(32);
      await http.request(service, path, { headers: { traceparent: `00-${traceId}-${hexDigits(16)}-00` } });
      const traced = () => logLines(service).some(({ text }) => fieldOf(text, 'trace_id') === traceId);
      // The line reaches the harness through a pipe, possibly after the response.
      if (!(await pollUntil(async () => traced(), Boolean, context, arrivalMs))) withoutTrace.push(service);
      for (const { stream, text } of logLines(service))
        if (stream === 'stdout' && fields.some((name) => fieldOf(text, name) === undefined))
          invalid.push(`${service}: ${text.slice(0, 200)}`);
    };
    await Promise.all(serviceNames.map(look));
    return { services: serviceNames.length, withoutTrace, invalid: invalid.slice(0, 20) };
  },
});

function fieldOf(line: string, name: string): unknown {
  try {
    return (JSON.parse(line) as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}
