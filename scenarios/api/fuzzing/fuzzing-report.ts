import { z } from 'zod';
import { operationalRoutes } from '../../../platform/contracts/operational.ts';
import type { Access, RouteSpec } from '../../../platform/contracts/route.ts';
import { type ServiceContract, serviceNames } from '../../../platform/contracts/service.ts';

/** What `fuzz_documents.py` prints. */
export const FuzzingReport = z.object({
  documents: z.array(
    z.object({
      service: z.enum(serviceNames),
      /** Number of responses by status, for each operation, e.g. `GET /users/{id}`. */
      operations: z.record(z.string(), z.record(z.string(), z.int().positive())),
      failures: z.array(
        z.object({
          operation: z.string(),
          check: z.string(),
          message: z.string(),
          curl: z.string().optional(),
        }),
      ),
    }),
  ),
});
export type FuzzingReport = z.infer<typeof FuzzingReport>;

/** Responses of the layers before the operation: wrong method, wrong content type, too many requests. */
const beforeOperation = new Set(['405', '415', '429', 'none']);

/**
 * Compares the report with the contracts.
 * @param excluded operations that get no requests, as `<service> <operation>`
 */
export function observeFuzzing(
  report: FuzzingReport,
  { contracts, excluded }: { contracts: readonly ServiceContract[]; excluded: ReadonlySet<string> },
): { documents: number; requests: number; uncovered: string[]; findings: string[] } {
  const fuzzed = new Set(report.documents.map(({ service }) => service));
  const seen = new Map(
    report.documents.flatMap(({ service, operations }) =>
      Object.entries(operations).map(([operation, statuses]) => [`${service} ${operation}`, statuses]),
    ),
  );
  const expected = contracts
    .filter(({ name }) => fuzzed.has(name))
    .flatMap(operationsOf)
    .filter(({ operation }) => !excluded.has(operation));
  const uncovered = expected
    .filter(({ operation, access }) => !isCovered(seen.get(operation) ?? {}, access))
    .map(({ operation }) => operation);
  const findings = report.documents.flatMap(({ service, failures }) =>
    failures.map(({ operation, check, message, curl }) =>
      [`${service} ${operation}: ${check}`, message.trim(), curl].filter(Boolean).join(' · '),
    ),
  );
  const counts = [...seen.values()].flatMap((statuses) => Object.values(statuses));
  return {
    documents: fuzzed.size,
    requests: counts.reduce((sum, count) => sum + count, 0),
    uncovered,
    findings,
  };
}

/** Whether a response came from the operation itself. A route for users is behind the check of the token. */
function isCovered(statuses: Readonly<Record<string, number>>, access: Access): boolean {
  return Object.keys(statuses).some(
    (status) => !beforeOperation.has(status) && !(access === 'user' && status === '401'),
  );
}

/** Every operation of the document, except for the one that returns the document. */
function operationsOf({ name, routes }: ServiceContract): { operation: string; access: Access }[] {
  const { openapi: _openapi, ...operational } = operationalRoutes;
  return Object.values<RouteSpec>({ ...operational, ...routes }).map(({ method, path, access }) => ({
    operation: `${name} ${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
    access,
  }));
}
