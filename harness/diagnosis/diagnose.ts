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
  // Checks that one failure blocks all show its text.
  const symptomOf = remembered((text: string) => symptoms.find(({ pattern }) => pattern.test(text)));
  const peerOf = remembered((text: string) => peerIn(text, components));
  for (const observation of observations) {
    const symptom = symptomOf(observation.text);
    const from = symptom && whoSays(observation, symptom, components);
    // That something fails somewhere is no cause.
    if (!symptom || from === undefined || (symptom.rank === 1 && from === nobody)) {
      if (observation.kind === 'failure') silent.push(observation);
      continue;
    }
    const named = symptom.about === 'component' ? undefined : peerOf(observation.text);
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
  const brokenCalls = graphOf([], seenCalls, all);
  const below: Below = {
    called: remembered((name: string) => reachable(name, graph)),
    broken: remembered((name: string) => reachable(name, brokenCalls)),
  };
  const rootOf = findRoots(all, below);
  const roots = all.filter((complaint) => rootOf.get(complaint) === complaint);
  const rootsOf = Map.groupBy(roots, ({ component }) => component);
  const strongestOf = remembered((component: string) =>
    strongestAmong([component, ...below.called(component)], rootsOf),
  );
  const explained = new Map<Observation, Complaint>();
  for (const failure of silent) {
    const root = failure.component && strongestOf(failure.component);
    if (root) explained.set(failure, root);
  }
  const followedOf = Map.groupBy(all, (complaint) => rootOf.get(complaint) ?? complaint);
  const explainedOf = Map.groupBy(explained.keys(), (failure) => explained.get(failure));
  const found = new Map(
    roots.map((root) => [root, toCause(root, followedOf.get(root) ?? [], explainedOf.get(root) ?? [])]),
  );
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

/** Everything that a component calls, the nearest first: at all, and where something was complained about. */
interface Below {
  called(component: string): readonly string[];
  broken(component: string): readonly string[];
}

type ByComponent = ReadonlyMap<string, readonly Complaint[]>;

/**
 * For each complaint the one at the end of what is behind it. In a circle of complaints it is the first that was read.
 * It follows each complaint once.
 */
function findRoots(all: readonly Complaint[], below: Below): Map<Complaint, Complaint> {
  const complaintsOf = Map.groupBy(all, ({ component }) => component);
  const order = new Map(all.map((complaint, index) => [complaint, index]));
  const orderOf = (complaint: Complaint): number => order.get(complaint) ?? 0;
  const rootOf = new Map<Complaint, Complaint>();
  for (const complaint of all) {
    const path = new Set<Complaint>();
    let at: Complaint = complaint;
    let next: Complaint | undefined = at;
    while (next && !path.has(next) && !rootOf.has(next)) {
      at = next;
      path.add(at);
      next = behind(at, complaintsOf, below);
    }
    const circle = next && path.has(next) ? [...path].slice([...path].indexOf(next)) : [];
    const known = next && rootOf.get(next);
    const [first] = circle.toSorted((a, b) => orderOf(a) - orderOf(b));
    for (const one of path) rootOf.set(one, known ?? first ?? at);
  }
  return rootOf;
}

/** The complaint that explains this one; undefined when none does. */
function behind(complaint: Complaint, complaintsOf: ByComponent, below: Below): Complaint | undefined {
  const { symptom, component } = complaint;
  if (symptom.rank === 3) return undefined;
  // Who refuses says itself why: that it has ended is more than that it refuses.
  const here = (complaintsOf.get(component) ?? []).filter(
    (other) =>
      other !== complaint &&
      (other.symptom.rank > symptom.rank ||
        (other.symptom.rank === 2 && symptom.about === 'peer' && other.symptom.about === 'component')),
  );
  // What it calls and cannot use is behind it. Who does not even listen has failed by itself, or has said why.
  const others = (symptom.rank === 1 ? below.called(component) : below.broken(component)).flatMap((peer) =>
    (complaintsOf.get(peer) ?? []).filter((other) => other.symptom.rank >= Math.max(2, symptom.rank)),
  );
  return [...here, ...others].toSorted((a, b) => b.symptom.rank - a.symptom.rank)[0];
}

/** The strongest complaint of some components, of the first of them if there are several. */
function strongestAmong(names: readonly string[], complaintsOf: ByComponent): Complaint | undefined {
  return names
    .flatMap((name) => complaintsOf.get(name) ?? [])
    .toSorted((a, b) => b.symptom.rank - a.symptom.rank)[0];
}

/** The same function, which works once for each text. */
function remembered<T>(work: (text: string) => T): (text: string) => T {
  const known = new Map<string, { value: T }>();
  return (text) => {
    const found = known.get(text) ?? { value: work(text) };
    known.set(text, found);
    return found.value;
  };
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
  followed: readonly Complaint[],
  explained: readonly Observation[],
): RootCause {
  const { symptom, component, observations } = root;
  const failures = [
    ...followed.flatMap((complaint) => complaint.observations).filter(({ kind }) => kind === 'failure'),
    ...explained,
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
