import { ReadinessError } from '../errors/readiness-error.ts';
import { similarIds } from '../plan/similar-ids.ts';

/** Faults that together are a state of the platform that was met. */
export interface FaultSet {
  id: string;
  /** The state, as a sentence without a full stop. */
  title: string;
  /** Each as `<fault id>` or `<fault id>=<service>`. */
  faults: readonly string[];
  /** Path of the document that describes the state, from the root of the package. */
  assessment: string;
}

/** All sets. */
export const faultSets: readonly FaultSet[] = [
  {
    id: 'assessment-2025-08-07',
    title:
      'One service of nine starts, the image does not build, and nothing listens at the port of the frontend',
    // Each service fails in a way that was documented for the platform of that day: see the blockers of each fault.
    faults: [
      'build.missing-shared-package=mcp-server',
      'configuration.unreadable-list=gateway',
      'service.exits-at-start=mcp-server',
      'service.exits-at-start=llm-orchestrator',
      'configuration.unit-in-number=file-service',
      'service.exits-at-start=saga-service',
      'configuration.missing-variable=automation-services',
      'database.wrong-password=platform-services',
      'service.exits-at-start=user-service',
      'service.exits-at-start=frontend',
    ],
    assessment: 'fixtures/assessments/2025-08-07.json',
  },
];

/** @throws ReadinessError (exit code 2) for an unknown set */
export function parseFaultSet(id: string): FaultSet {
  const set = faultSets.find((one) => one.id === id);
  if (set) return set;
  const ids = faultSets.map((one) => one.id);
  throw new ReadinessError('fault-unknown', `There is no set of faults "${id}".`, {
    hint: `Similar: ${similarIds(id, ids).join(', ')}. One fault: --fault <id>`,
  });
}
