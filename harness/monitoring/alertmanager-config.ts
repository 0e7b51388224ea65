import type { Pace } from './pace.ts';

/**
 * Configuration of Alertmanager: one contact point, a webhook, which also receives that an alert has cleared.
 * @param contact the address itself, or the file that holds it (Alertmanager 0.26 and newer)
 */
export function alertmanagerConfig(contact: { url: string } | { url_file: string }, pace: Pace): object {
  return {
    route: {
      receiver: 'contact-point',
      group_by: ['alertname'],
      group_wait: `${pace.notifyS}s`,
      group_interval: `${pace.notifyS}s`,
      repeat_interval: '4h',
    },
    receivers: [{ name: 'contact-point', webhook_configs: [{ ...contact, send_resolved: true }] }],
    // Of a service that is down, its other alerts say nothing new.
    inhibit_rules: [
      {
        source_matchers: ['alertname = TargetDown', 'job = services'],
        target_matchers: ['severity = warning'],
        equal: ['service'],
      },
    ],
  };
}
