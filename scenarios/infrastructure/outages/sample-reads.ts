import { type CheckContext, type Exchange, ProductUnreachable } from '../../../harness/engine/index.ts';
import { catalogue } from '../../../platform/contracts/catalogue.ts';
import type { RouteSpec } from '../../../platform/contracts/route.ts';
import { gatewayPath, type ServiceContract, type ServiceName } from '../../../platform/contracts/service.ts';
import { createObjects } from '../../security/rights/objects.ts';
import { householdOf } from '../../security/rights/people.ts';
import { namesAbsent, objectRoutes, requestFor } from '../../security/rights/route-request.ts';

/** A request that changes nothing, sent to a service itself. */
export interface SampleRead {
  /** `service.route`, as in the contracts. */
  id: string;
  service: ServiceName;
  method: 'GET' | 'POST';
  /** Path at the service. */
  path: string;
  body?: unknown;
}

/** A tenant with an object of every kind, and all that its owner can read. */
export interface Sample {
  token: string;
  address: string;
  reads: readonly SampleRead[];
  baseId: string;
  tableId: string;
}

/** Reads that change something after all: a download of an export deletes it. */
const changing: ReadonlySet<string> = new Set(['platform-services.downloadExport']);

/** Maximum number of reads at the same time. */
const atOnce = 8;

/** The sample of the run: one tenant suffices for all outages. */
export function openSample(context: CheckContext): Promise<Sample> {
  return context.once('sample of outages', () => createSample(context));
}

async function createSample(context: CheckContext): Promise<Sample> {
  const household = await householdOf(context, 'owner');
  const objects = await createObjects(context, household);
  const withObject = new Map(objectRoutes().map((route) => [route.id, route]));
  const reads = catalogue.flatMap((contract) =>
    Object.entries(contract.routes).flatMap(([name, spec]: [string, RouteSpec]): SampleRead[] => {
      const id = `${contract.name}.${name}`;
      const isRead = spec.method === 'GET' && spec.access === 'user' && !changing.has(id);
      if (!isRead || gatewayPath(contract, spec) === undefined) return [];
      const route = withObject.get(id);
      if (route === undefined)
        return spec.path.includes(':')
          ? []
          : [{ id, service: contract.name, method: 'GET', path: spec.path }];
      if (namesAbsent(route, objects)) return [];
      const request = requestFor(route, objects);
      if (typeof request === 'string') return [];
      return [{ id, service: contract.name, method: 'GET', path: pathAtService(contract, request.path) }];
    }),
  );
  const call = (tool: string, args: Record<string, string>): SampleRead => ({
    id: `mcp-server.callTool(${tool})`,
    service: 'mcp-server',
    method: 'POST',
    path: '/tools/call',
    body: { name: tool, arguments: args },
  });
  const sample = {
    token: household.owner.accessToken,
    address: household.owner.address,
    baseId: objects.base,
    tableId: objects.table,
    reads: [
      ...reads,
      call('list_bases', {}),
      call('list_tables', { base_id: objects.base }),
      call('get_records', { base_id: objects.base, table_id: objects.table }),
    ],
  };
  // What fails without an outage shows nothing about one: the text of a file that was not processed.
  const results = await sendReads(context, sample, sample.reads);
  return { ...sample, reads: results.filter(claimsSuccess).map(({ read }) => read) };
}

/** The path at the service of a path at the gateway. */
function pathAtService(contract: ServiceContract, path: string): string {
  const mount = contract.mounts
    .filter((one) => path.startsWith(one.public))
    .reduce((longest, one) => (one.public.length > longest.public.length ? one : longest));
  return mount.internal + path.slice(mount.public.length);
}

/** What a read came to. */
export interface ReadResult {
  read: SampleRead;
  /** 0: no response. */
  status: number;
  /** Code of the problem, or of the transport. */
  code: string;
  hasRetryAfter: boolean;
  json: unknown;
  durationMs: number;
}

/** Sends reads to their services directly: limits and circuits of the gateway show elsewhere. */
export async function sendReads(
  context: Pick<CheckContext, 'http'>,
  { token, address }: Sample,
  reads: readonly SampleRead[],
): Promise<ReadResult[]> {
  const results: ReadResult[] = [];
  const waiting = [...reads.entries()];
  const send = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, read] = next;
      const { service, method, path, body } = read;
      results[index] = await resultOf(read, () =>
        context.http.request(service, path, { method, token, from: address, ...(body ? { body } : {}) }),
      );
    }
  };
  await Promise.all(Array.from({ length: atOnce }, send));
  return results;
}

async function resultOf(read: SampleRead, send: () => Promise<Exchange>): Promise<ReadResult> {
  const startedAtMs = performance.now();
  try {
    const { status, json, headers, durationMs } = await send();
    const { error } = (json ?? {}) as { error?: unknown };
    const nested = (error as { type?: unknown } | undefined)?.type;
    const code = [error, nested].find((value) => typeof value === 'string') ?? '';
    const hasRetryAfter = Number(headers['retry-after']) > 0;
    return { read, status, code: String(code), hasRetryAfter, json, durationMs };
  } catch (error) {
    if (!(error instanceof ProductUnreachable)) throw error;
    const durationMs = performance.now() - startedAtMs;
    return { read, status: 0, code: error.code, hasRetryAfter: false, json: undefined, durationMs };
  }
}

/** Whether a response claims success. A tool reports its failure in the body of a 200. */
export function claimsSuccess({ status, json }: Pick<ReadResult, 'status' | 'json'>): boolean {
  return status >= 200 && status < 300 && (json as { success?: unknown } | undefined)?.success !== false;
}

/** `GET /files of file-service: 200`. */
export function describeRead({ read, status, code }: ReadResult): string {
  const what = read.id.includes('(') ? read.id : `${read.method} ${read.path} of ${read.service}`;
  return `${what}: ${status === 0 ? code : `${status} ${code}`.trim()}`;
}
