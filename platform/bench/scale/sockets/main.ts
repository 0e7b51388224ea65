import { parseArgs } from 'node:util';
import { idleConnections } from './idle-connections.ts';
import type { Distribution, LoopReport } from './loop-probe.ts';

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '35' },
  },
});
const write = (line: string) => process.stdout.write(`${line}\n`);
const describe = ({ p50, p99, p999, max }: Distribution) =>
  `p50 ${p50}, p99 ${p99}, p99.9 ${p999}, max ${max}`;

function describeLoop(name: string, { delay, busy, rssMb, heapMb }: LoopReport): void {
  write(`  ${name}: ${rssMb} MB resident, ${heapMb} MB heap`);
  write(`    own stalls, ms of processor time: ${describe(busy)}`);
  write(`    delay of a 1 ms timer, ms: ${describe(delay)}`);
}

write(`${idleConnections.id}: ${idleConnections.title}`);
write(`  floor: ${idleConnections.floor}`);
const figures = await idleConnections.measure({
  connections: Number(values.connections),
  seconds: Number(values.seconds),
  progress: write,
});
describeLoop('without connections', figures.before);
describeLoop(`${figures.connections} idle connections`, figures.ours);
describeLoop('floor', figures.floor);
describeLoop('closing all', figures.closing);
write(
  `  ${figures.kbPerConnection.toFixed(1)} kB per connection; aim: no stall above ${idleConnections.aim} ms`,
);
