import { execFileSync, spawnSync } from 'node:child_process';
import { objectsOf } from '../../../runtime/testing/container-stacks.ts';

/** Names of the volumes that containers of a run have mounted since a time, also of those without a label. */
function volumesOf(run: string, since: Date): string[] {
  const events = (...filters: string[]): { Actor: { ID: string; Attributes: Record<string, string> } }[] =>
    execFileSync(
      'docker',
      [
        'events',
        ...['--since', since.toISOString(), '--until', new Date().toISOString(), '--format', '{{json .}}'],
        ...filters.flatMap((filter) => ['--filter', filter]),
      ],
      { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    )
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  const containers = new Set(
    events('type=container', `label=pyairtable-readiness.run=${run}`).map(({ Actor }) => Actor.ID),
  );
  return events('type=volume', 'event=mount')
    .filter(({ Actor }) => containers.has(Actor.Attributes.container ?? ''))
    .map(({ Actor }) => Actor.ID);
}

/** What is left of a killed run in the container engine, one text each. */
export function leftInEngine(run: string, startedAt: Date): string[] {
  const volumes = new Set(volumesOf(run, startedAt));
  return [
    ...objectsOf(run),
    ...[...volumes]
      .filter((name) => spawnSync('docker', ['volume', 'inspect', name], { stdio: 'ignore' }).status === 0)
      .map((name) => `volume ${name} without a label`),
  ];
}
