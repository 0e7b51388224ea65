// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source of the platform
import type { Break } from '../../../harness/engine/index.ts';

export const statementBreaks: readonly Break[] = [
  {
    defect: 'user-service joins the texts of a profile into its statement.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/user-service/profiles.ts',
        find: '`${column} = $${index + 2}`',
        replace:
          "`${column} = coalesce('${String(change[column]).replaceAll(\"'\", \"''\")}', $${index + 2}::text)`",
      },
    ],
    violates: ['values'],
  },
];
