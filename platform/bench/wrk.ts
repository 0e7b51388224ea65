import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CpuWatch, cpuSeconds, watchCpu } from './cpu-time.ts';
import type { Processes } from './processes.ts';

/** One request for wrk. A script sends a list of them in turn. */
export interface LoadRequest {
  method: 'GET' | 'POST';
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

const luaText = (text: string) => JSON.stringify(text).replaceAll('\\/', '/');

function luaRequest({ method, path, headers, body }: LoadRequest): string {
  const pairs = Object.entries(headers).map(([name, value]) => `[${luaText(name)}]=${luaText(value)}`);
  return `{${luaText(method)},${luaText(path)},{${pairs.join(',')}},${body === undefined ? 'nil' : luaText(body)}}`;
}

/** Writes a script that builds all requests once, in `init`, so that sending them costs little. */
export async function writeScript(
  folder: string,
  name: string,
  requests: readonly LoadRequest[],
): Promise<string> {
  const file = join(folder, `${name}.lua`);
  const script = `
local list = {
${requests.map(luaRequest).join(',\n')}
}
local made = {}
local turn = 0
function init(args)
  for i, r in ipairs(list) do made[i] = wrk.format(r[1], r[2], r[3], r[4]) end
end
function request()
  turn = turn % #made + 1
  return made[turn]
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('RESULT {"requests":%d,"microseconds":%d,"p50":%f,"p99":%f,"failed":%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
`;
  await writeFile(file, script);
  return file;
}

export interface Load {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** CPU time of the generator, as a share of one core. */
  generatorShare: number;
  /** CPU time of the measured process, as a share of one core. */
  subjectShare: number;
  /** CPU time of the measured process per request, microseconds. */
  subjectMicroseconds: number;
}

export interface LoadOptions {
  wrk: string;
  script: string;
  url: string;
  connections: number;
  seconds: number;
  /** Cores of the generator; absent means all. */
  cores?: string;
  /** The measured process. */
  subjectPid: number;
}

/**
 * Sends requests over keep-alive connections for `seconds`, as fast as responses arrive.
 * @throws Error if any request failed or had a response other than 2xx or 3xx: such a figure means nothing
 */
export async function load(processes: Processes, options: LoadOptions, signal: AbortSignal): Promise<Load> {
  const before = (await cpuSeconds(options.subjectPid)) ?? 0;
  const started = performance.now();
  let generator: CpuWatch | undefined;
  const output = await processes
    .run(
      {
        name: 'wrk',
        command: options.wrk,
        args: [
          '-t1',
          `-c${options.connections}`,
          `-d${options.seconds}s`,
          '--timeout',
          '10s',
          '-s',
          options.script,
          options.url,
        ],
        ...(options.cores === undefined ? {} : { cores: options.cores }),
        started: (pid) => {
          generator = watchCpu(pid);
        },
      },
      signal,
    )
    .finally(() => generator?.stop());
  const used = ((await cpuSeconds(options.subjectPid)) ?? before) - before;
  const elapsedS = (performance.now() - started) / 1000;
  const text = /RESULT (\{.*\})/.exec(output)?.[1];
  if (text === undefined) throw new Error(`wrk printed no result: ${output.slice(-300)}`);
  const result = JSON.parse(text) as Record<'requests' | 'microseconds' | 'p50' | 'p99' | 'failed', number>;
  if (result.failed > 0 || result.requests === 0)
    throw new Error(`${result.failed} of ${result.requests} requests to ${options.url} failed`);
  return {
    requestsPerSecond: result.requests / (result.microseconds / 1e6),
    p50Ms: result.p50 / 1000,
    p99Ms: result.p99 / 1000,
    generatorShare: generator?.share() ?? 0,
    subjectShare: used / elapsedS,
    subjectMicroseconds: (used * 1e6) / result.requests,
  };
}
