import { declaredCalls } from './declared-calls.ts';
import { serviceManifests } from './service-manifests.ts';

/** The generated file of every service: path relative to the root of the repository, and its text. */
export async function serviceFiles(): Promise<{ file: string; text: string }[]> {
  const all = await declaredCalls();
  return all.map((calls) => ({
    file: `deploy/kubernetes/base/services/${calls.service}.yaml`,
    text: serviceManifests(calls, all),
  }));
}
