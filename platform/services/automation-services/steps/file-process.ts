import { z } from 'zod';
import { fileService } from '../../../contracts/file-service/contract.ts';
import { createClient } from '../../../kit/peers/client.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { maxTextLength } from './fill-template.ts';
import { stepKind } from './step-kind.ts';

/** Interval of polling an unfinished file, milliseconds. */
export const pollMs = 1_000;

/** Processes a file with the rights of the user who runs the workflow, and waits until it is processed. */
export function fileProcessKind({ baseUrl, clock }: { baseUrl: string; clock: Clock }) {
  const files = createClient(fileService, { baseUrl });
  return stepKind({
    types: ['file_process'],
    config: z.strictObject({ file_id: z.uuid().optional() }),
    scopes: () => ['files:read', 'files:write'],
    async run({ file_id }, context) {
      const id = file_id ?? context.values.file?.id;
      if (id === undefined) throw new StepFailure('file_process needs a file_id: this execution has no file');
      const { authorized, signal } = context;
      const read = () =>
        authorized('Reading a file', (token) => files.file({ params: { id } }, { token, signal }));
      await authorized('Processing a file', (token) =>
        files
          .process({ params: { id } }, { token, signal, headers: { 'idempotency-key': context.key } })
          .catch((error: unknown) => {
            // The file is already queued or being processed; wait for it.
            if (!(error instanceof PeerProblem && error.status === 409)) throw error;
          }),
      );
      let file = await read();
      while (file.status !== 'completed') {
        if (file.status === 'failed')
          throw new StepFailure(
            `${file.filename} could not be processed: ${file.error_message ?? 'no reason given'}`,
          );
        await clock.sleep(pollMs, signal);
        file = await read();
      }
      const { text, rows, metadata } = await authorized('Reading a file', (token) =>
        files.extract({ params: { id } }, { token, signal }),
      );
      const content = text.slice(0, maxTextLength);
      return {
        result: {
          file_id: id,
          filename: file.filename,
          characters: text.length,
          rows: rows?.length ?? 0,
          metadata,
        },
        file: { id, name: file.filename, content },
      };
    },
  });
}
