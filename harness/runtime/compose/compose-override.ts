import { Document, isMap } from 'yaml';
import { withOverrides } from '../boot/node-environment.ts';
import type { StackNode, StackPlan } from '../runtime.ts';
import { serverSettings, volatileSettings } from '../stores/postgres/settings.ts';
import { type ComposeModel, environmentChanges, plainEnvironment } from './compose-model.ts';

export interface OverrideOptions {
  plan: StackPlan;
  model: ComposeModel;
  secretFiles: Readonly<Record<string, string>>;
  /** Labels of everything that the run creates. */
  labels: Readonly<Record<string, string>>;
  /** Variables that a service gets from the run. */
  variables(node: StackNode): Readonly<Record<string, string>>;
  /** Port on which a node listens in its container; undefined for jobs. */
  portOf(node: StackNode): number | undefined;
}

/**
 * The second compose file of a run. It changes nothing of what the first one shows of the platform: image, user, limits,
 * networks and secrets stay. It adds labels, and ports that only this machine reaches; it keeps containers that have
 * exited, and leaves waiting to the harness.
 */
export function composeOverride(options: OverrideOptions): string {
  const { plan, model, labels } = options;
  const labelled = (objects: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.keys(objects).map((name) => [name, { labels }]));
  const document = new Document({
    services: Object.fromEntries(plan.nodes.map((node) => [node.name, serviceOverride(node, options)])),
    networks: labelled(model.networks),
    volumes: labelled(model.volumes),
  });
  for (const { name } of plan.nodes) {
    const service = document.getIn(['services', name]);
    const ports = isMap(service) ? service.get('ports', true) : undefined;
    // Instead of the ports that the first file publishes.
    if (ports) ports.tag = '!override';
  }
  return document.toString();
}

function serviceOverride(node: StackNode, options: OverrideOptions): object {
  const { model, secretFiles, labels } = options;
  const declared = model.services[node.name];
  const before = plainEnvironment(model, node.name, secretFiles);
  const after = withOverrides(node, { ...before, ...options.variables(node) });
  const port = options.portOf(node);
  const command = commandOf(node, declared?.command ?? []);
  return {
    labels,
    restart: 'no',
    // Every probe of the engine starts a process; the harness probes the node itself.
    healthcheck: { disable: true },
    environment: environmentChanges(declared?.environment ?? {}, before, after),
    ...(command ? { command } : {}),
    ports:
      port === undefined ? [] : [{ target: port, published: String(node.port ?? ''), host_ip: '127.0.0.1' }],
  };
}

function commandOf(node: StackNode, declared: readonly string[]): readonly string[] | undefined {
  const [program, ...rest] = declared;
  if (program === undefined) return undefined;
  // The data is removed with the run, so nothing waits for a disk.
  if (program === 'postgres' && node.kind === 'store')
    return [
      ...declared,
      ...Object.entries({ ...serverSettings, ...diskSettings }).map(([name, value]) => `-c${name}=${value}`),
    ];
  return node.execArgv ? [program, ...node.execArgv, ...rest] : undefined;
}

const { fsync, synchronous_commit, full_page_writes } = volatileSettings;
const diskSettings = {
  fsync: fsync ?? '',
  synchronous_commit: synchronous_commit ?? '',
  full_page_writes: full_page_writes ?? '',
};
