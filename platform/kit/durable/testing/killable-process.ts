import pg from 'pg';
import { createLog } from '../../observe/log.ts';
import { openDurable } from '../open-durable.ts';

/**
 * A process that runs durable workflows until a test kills it. The first argument is the task as JSON. Each effect is
 * a row of the table `effects`; the receiver knows its key, as receivers of the platform do.
 */
export interface Task {
  databaseUrl: string;
  schema: string;
  /** Duration of a step, milliseconds. */
  stepMs: number;
  concurrency: number;
}

const task = JSON.parse(process.argv[2] ?? '{}') as Task;
const log = createLog({ service: 'killable', level: process.env.TEST_LOG_LEVEL ?? 'silent' });
const pool = new pg.Pool({ connectionString: task.databaseUrl, max: 4 });
pool.on('error', () => {});
pool.on('connect', (client) => client.on('error', () => {}));

const durable = openDurable({
  databaseUrl: task.databaseUrl,
  schema: task.schema,
  service: 'test',
  log,
  concurrency: task.concurrency,
  async onDefect(_workflow, ids, error) {
    await pool.query('insert into automation_runs.effects values ($1)', [`defect:${ids.id}:${error}`]);
  },
  workflows: {
    async four_steps(run) {
      for (const index of [0, 1, 2, 3]) {
        await run.step(`step-${index}`, async ({ signal }) => {
          await pool.query('insert into automation_runs.attempts values ($1, $2)', [run.id, index]);
          await new Promise((resolve, reject) => {
            const timer = setTimeout(resolve, task.stepMs);
            signal.addEventListener('abort', () => {
              clearTimeout(timer);
              reject(signal.reason);
            });
          });
          await pool.query('insert into automation_runs.effects values ($1) on conflict do nothing', [
            run.key(`step-${index}`),
          ]);
        });
      }
      await run.step('end', async () => {
        await pool.query('insert into automation_runs.ended values ($1) on conflict do nothing', [run.id]);
      });
    },
  },
});
durable.launch();
await durable.launched();
process.stdout.write('launched\n');
process.once('SIGTERM', () => void durable.close({ drainMs: 600 }).then(() => process.exit(0)));
