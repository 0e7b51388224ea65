import type { Break } from '../../../harness/engine/index.ts';
import { changeJson, oneBreak, sentJson } from '../../kit/breaks.ts';

export const assignmentBreaks: readonly Break[] = [
  oneBreak(
    'A workspace is stored with the times that its creator sent.',
    changeJson({ method: 'POST', path: /^\/api\/workspaces$/, status: 201 }, (json, request) => ({
      ...json,
      created_at: sentJson(request).created_at ?? json.created_at,
    })),
    'assigned',
  ),
];
