import type { Diagnosis, Edge, RootCause } from './diagnosis.ts';
import { behindPath, componentNamed, peerIn } from './find-component.ts';
import type { Observation, Observed } from './observation.ts';
import type { Symptom } from './symptom.ts';
import { symptoms } from './symptoms/symptoms.ts';

/** Maximum number of sightings shown per cause, and of their characters. */
const [shownSightings, shownLength] = [3, 240];

/** What a component is called when no text names one. */
const nobody = 'the platform';

/** Who calls whom. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** A symptom of one component, with everything that shows it. */
interface Complaint {
  symptom: Symptom;
  component: string;
  observations: Observation[];
}

/** A call that a complaint was made about. */
interface Call {
  from: string;
  to: string;
  complaint: Complaint;
}

/**
 * Finds the likely root causes of what a platform has shown. Each text is taken for the most telling symptom that it
 * matches. A complaint about what somebody calls is a consequence of what is wrong there; one that only says that
 * something fails is a consequence of what its component calls. Pure.
 */
export function diagnose({ components, calls, observations, hasFailures }: Observed): Diagnosis {
  const complaints = new Map<string, Complaint>();
  const seenCalls: Call[] = [];
  const silent: Observation[] = [];
  for (const observation of observations) {
    const symptom = symptoms.find(({ pattern }) => pattern.test(observation.text));
    const from = symptom && whoSays(observation, symptom, components);
    // That something fails somewhere is no cause.
    if (!symptom || from === undefined || (symptom.rank === 1 && from === nobody)) {
      if (observation.kind === 'failure') silent.push(observation);
      continue;
    }
    const named = symptom.about === 'component' ? undefined : peerIn(observation.text, components);
    const to = symptom.peer ?? (named === from ? undefined : named);
    const component = symptom.about === 'peer' ? (to ?? from) : from;
    const key = `${symptom.id} ${component}`;
    const complaint = complaints.get(key) ?? { symptom, component, observations: [] };
    complaint.observations.push(observation);
    complaints.set(key, complaint);
    if (to !== undefined && to !== from && from !== nobody) seenCalls.push({ from, to, complaint });
  }
  const all = [...complaints.values()];
  const graph = graphOf(calls, seenCalls, all);
  const broken = graphOf([], seenCalls, all);
  const rootOf = new Map(all.map((complaint) => [complaint, findRoot(complaint, all, { graph, broken })]));
  const roots = all.filter((complaint) => rootOf.get(complaint) === complaint);
  const explained = new Map<Observation, Complaint>();
  for (const failure of silent) {
    const root = failure.component && strongestBelow(failure.component, roots, graph);
    if (root) explained.set(failure, root);
  }
  const found = new Map(roots.map((root) => [root, toCause(root, { all, rootOf, explained })]));
  for (const [root, { failures }] of found) if (hasFailures && failures === 0) found.delete(root);
  const isBroken = ({ complaint }: Call) => found.has(rootOf.get(complaint) ?? complaint);
  return {
    schema: 'readiness.diagnosis/1',
    causes: [...found.values()].toSorted(
      (a, b) => b.rank - a.rank || b.consequences.length - a.consequences.length,
    ),
    edges: edgesOf(calls, seenCalls.filter(isBroken)),
    withoutFailure: roots.length - found.size,
    unexplained: silent.filter((failure) => !explained.has(failure)).map(({ place }) => place),
    lines: observations.length,
    failures: observations.filter(({ kind }) => kind === 'failure').length,
  };
}

/**
 * The component that a text speaks for. A store that rejects a login speaks of the service that it names; what it rejects
 * without a name, tests have provoked. @returns undefined for a text that says nothing about a component
 */
function whoSays(
  { component, kind, text }: Observation,
  symptom: Symptom,
  components: Observed['components'],
): string | undefined {
  if (component === undefined) return behindPath(text, components) ?? peerIn(text, components) ?? nobody;
  if (symptom.about !== 'link' || component !== symptom.peer) return component;
  const [, login] = /(?:user|role) "([^"]+)"/.exec(text) ?? [];
  const named = login === undefined ? undefined : componentNamed(login, components);
  return named ?? (kind === 'failure' ? component : undefined);
}

/** What each component calls: what was complained about, and by design what has complaints of its own. */
function graphOf(calls: Observed['calls'], seen: readonly Call[], complaints: readonly Complaint[]): Graph {
  const ill = new Set(complaints.map(({ component }) => component));
  const graph = new Map<string, Set<string>>();
  const add = (from: string, to: string) => graph.set(from, (graph.get(from) ?? new Set()).add(to));
  for (const { from, to } of seen) add(from, to);
  for (const [from, to] of calls) if (ill.has(to)) add(from, to);
  return graph;
}

/** The complaint at the end of what is behind this one. In a circle of complaints it is the first that was read. */
function findRoot(
  complaint: Complaint,
  all: readonly Complaint[],
  graphs: { graph: Graph; broken: Graph },
): Complaint {
  const path: Complaint[] = [];
  for (let at: Complaint | undefined = complaint; at; at = behind(at, all, graphs)) {
    const circle = path.indexOf(at);
    if (circle >= 0) return all.find((one) => path.indexOf(one) >= circle) ?? at;
    path.push(at);
  }
  return path.at(-1) ?? complaint;
}

/** The complaint that explains this one; undefined when none does. */
function behind(
  complaint: Complaint,
  all: readonly Complaint[],
  graphs: { graph: Graph; broken: Graph },
): Complaint | undefined {
  const { symptom, component } = complaint;
  if (symptom.rank === 3) return undefined;
  const others = all.filter((other) => other !== complaint);
  // Who refuses says itself why: that it has ended is more than that it refuses.
  const here = others.filter(
    (other) =>
      other.component === component &&
      (other.symptom.rank > symptom.rank ||
        (other.symptom.rank === 2 && symptom.about === 'peer' && other.symptom.about === 'component')),
  );
  // What it calls and cannot use is behind it. Who does not even listen has failed by itself, or has said why.
  const below = reachable(component, symptom.rank === 1 ? graphs.graph : graphs.broken).flatMap((peer) =>
    others.filter((other) => other.component === peer && other.symptom.rank >= Math.max(2, symptom.rank)),
  );
  return [...here, ...below].toSorted((a, b) => b.symptom.rank - a.symptom.rank)[0];
}

/** The strongest root of a component and of what it calls. */
function strongestBelow(component: string, roots: readonly Complaint[], graph: Graph): Complaint | undefined {
  return [component, ...reachable(component, graph)]
    .flatMap((name) => roots.filter((root) => root.component === name))
    .toSorted((a, b) => b.symptom.rank - a.symptom.rank)[0];
}

/** Everything that a component calls, the nearest first. */
function reachable(from: string, graph: Graph): string[] {
  const found = new Set<string>();
  let edge = [...(graph.get(from) ?? [])];
  while (edge.length > 0) {
    for (const name of edge) found.add(name);
    edge = edge.flatMap((name) => [...(graph.get(name) ?? [])]).filter((name) => !found.has(name));
  }
  found.delete(from);
  return [...found];
}

function toCause(
  root: Complaint,
  {
    all,
    rootOf,
    explained,
  }: {
    all: readonly Complaint[];
    rootOf: ReadonlyMap<Complaint, Complaint>;
    explained: ReadonlyMap<Observation, Complaint>;
  },
): RootCause {
  const { symptom, component, observations } = root;
  const followed = all.filter((complaint) => rootOf.get(complaint) === root);
  const failures = [
    ...followed.flatMap((complaint) => complaint.observations).filter(({ kind }) => kind === 'failure'),
    ...[...explained].filter(([, cause]) => cause === root).map(([failure]) => failure),
  ].map(({ place }) => place);
  const others = followed
    .filter((complaint) => complaint !== root && complaint.component !== component)
    .map((complaint) => `${complaint.component} ${complaint.symptom.means}`);
  // Who complains about a peer suffers from it.
  const callers = followed
    .filter(({ symptom: { about } }) => about === 'peer')
    .flatMap((complaint) => complaint.observations)
    .flatMap(({ kind, component: caller }) =>
      kind === 'log' && caller !== undefined && caller !== component ? [`${caller} fails with it`] : [],
    );
  return {
    symptom: symptom.id,
    component,
    title: `${component} ${symptom.means}`,
    cause: symptom.cause,
    fix: symptom.fix,
    rank: symptom.rank,
    ...(symptom.fault === undefined ? {} : { fault: symptom.fault }),
    seen: observations.slice(0, shownSightings).map(({ place, text }) => ({ place, text: shortened(text) })),
    sightings: observations.length,
    failures: new Set(failures).size,
    consequences: [...new Set([...failures, ...others, ...callers])].sort(),
  };
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > shownLength ? `${line.slice(0, shownLength)}…` : line;
}

function edgesOf(calls: Observed['calls'], seen: readonly Call[]): Edge[] {
  const edges = new Map<string, Edge>();
  for (const [from, to] of calls) edges.set(`${from} ${to}`, { from, to });
  for (const { from, to, complaint } of seen)
    edges.set(`${from} ${to}`, { from, to, broken: complaint.symptom.means });
  return [...edges.values()];
}
