import { z } from 'zod';
import type { ServiceName } from '../../../../platform/contracts/service.ts';
import { type LogSource, ofService } from './log-source.ts';
import { type SourceAccess, sourceHeaders } from './source-access.ts';

/** Maximum number of lines of one response; Loki's own default limit is 5,000. */
const maxLines = 5_000;
/** Lines may arrive in Loki this long after they were written, milliseconds; they are looked for again. */
const latenessMs = 10_000;

const Streams = z.object({
  data: z.object({
    resultType: z.literal('streams'),
    result: z.array(z.object({ values: z.array(z.tuple([z.string(), z.string()]).rest(z.unknown())) })),
  }),
});

/**
 * Reads logs from Loki by `GET /loki/api/v1/query_range`, from the time of the first call.
 * @param options.query LogQL with `{service}` in the place of the service's name
 * @param options.now milliseconds since 1970
 */
export function openLokiLogs(options: SourceAccess & { query: string; now?: () => number }): LogSource {
  const { url, query, now = Date.now } = options;
  const startMs = now();
  const seen = new Map<ServiceName, Set<string>>();
  const address = `${url}/loki/api/v1/query_range`;
  /** One page of lines, oldest first. */
  const readPage = async (text: string, start: string, signal: AbortSignal): Promise<Line[]> => {
    const parameters = new URLSearchParams({
      query: text,
      start,
      end: nanoseconds(now() + latenessMs),
      limit: String(maxLines),
      direction: 'forward',
    });
    const response = await fetch(`${address}?${parameters}`, { headers: sourceHeaders(options), signal });
    if (response.status !== 200) throw new Error(`GET ${address}: ${response.status}`);
    const { data, success } = Streams.safeParse(await response.json());
    if (!success) throw new Error(`GET ${address}: no streams; the query must select log lines`);
    return data.data.result
      .flatMap(({ values }) => values.map(([time, line]) => ({ time, line })))
      .sort((left, right) => (BigInt(left.time) < BigInt(right.time) ? -1 : 1));
  };
  return {
    async read(service, signal) {
      const known = seen.get(service) ?? new Set();
      seen.set(service, known);
      let start = nanoseconds(Math.max(startMs, now() - 2 * latenessMs));
      let output = '';
      for (;;) {
        const page = await readPage(ofService(query, service), start, signal);
        for (const { time, line } of page) {
          if (known.has(`${time} ${line}`)) continue;
          known.add(`${time} ${line}`);
          output += `${line.replace(/\n$/, '')}\n`;
        }
        const last = page.at(-1)?.time;
        if (page.length < maxLines || last === undefined || last === start) return output;
        start = last;
      }
    },
  };
}

interface Line {
  /** Nanoseconds since 1970. */
  time: string;
  line: string;
}

const nanoseconds = (ms: number): string => `${Math.round(ms)}000000`;
