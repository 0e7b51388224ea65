import type { Capability } from '../../plan/plan.ts';
import type { OpenPlatform } from './open-platform.ts';

/**
 * What checks may do with a booted platform, besides what this machine can.
 * @param drills which of its processes and stores they may restart
 */
export function platformCapabilities(
  { stack, spans, mails, models, monitoring, prometheus }: OpenPlatform,
  drills: 'none' | 'short' | 'all',
): Capability[] {
  const restarts = stack.restarts !== undefined;
  const found: Partial<Record<Capability, boolean>> = {
    monitoring: monitoring !== undefined || prometheus !== undefined,
    'node-restart': restarts && drills !== 'none',
    'long-drills': restarts && drills === 'all',
    traces: spans !== undefined,
    mail: mails !== undefined,
    'model-server': models !== undefined,
  };
  const names = Object.keys(found) as Capability[];
  return [...stack.capabilities, ...names.filter((name) => found[name] === true)];
}
