import type { Dashboard } from './dashboards.ts';
import { withWindow } from './pace.ts';

/** Grafana's grid is 24 columns wide; two panels stand side by side. */
const width = 12;
const height = 8;

/** Uids of the data sources, which dashboards and links name. */
const dataSources = { prometheus: 'prometheus', loki: 'loki', tempo: 'tempo' } as const;

/** A dashboard in the JSON model of Grafana. */
export function grafanaDashboard({ uid, title, panels }: Dashboard): object {
  const datasource = { type: 'prometheus', uid: dataSources.prometheus };
  return {
    uid,
    title,
    tags: ['pyairtable'],
    timezone: 'browser',
    editable: false,
    schemaVersion: 39,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    panels: panels.map((panel, index) => ({
      id: index + 1,
      type: 'timeseries',
      title: panel.title,
      datasource,
      gridPos: { x: (index % 2) * width, y: Math.floor(index / 2) * height, w: width, h: height },
      fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
      targets: [
        {
          refId: 'A',
          datasource,
          expr: withWindow(panel.expression, '$__rate_interval'),
          legendFormat: panel.legend,
        },
      ],
    })),
  };
}

/** Where Grafana finds the dashboards. */
export const grafanaDashboardProvider = {
  apiVersion: 1,
  providers: [
    {
      name: 'pyairtable',
      folder: 'PyAirtable',
      type: 'file',
      disableDeletion: true,
      allowUiUpdates: false,
      options: { path: '/etc/grafana/dashboards' },
    },
  ],
};

/** Data sources of Grafana. A trace id in a log line links to its trace, and a trace to its log lines. */
export const grafanaDataSources = {
  apiVersion: 1,
  datasources: [
    {
      name: 'Prometheus',
      type: 'prometheus',
      uid: dataSources.prometheus,
      access: 'proxy',
      url: 'http://prometheus:9090',
      isDefault: true,
      jsonData: { timeInterval: '15s' },
    },
    {
      name: 'Loki',
      type: 'loki',
      uid: dataSources.loki,
      access: 'proxy',
      url: 'http://loki:3100',
      jsonData: {
        derivedFields: [
          {
            name: 'trace_id',
            matcherRegex: '"trace_id":"(\\w+)"',
            // Grafana replaces variables of the environment in this file; two dollar signs are one.
            url: '$${__value.raw}',
            datasourceUid: dataSources.tempo,
          },
        ],
      },
    },
    {
      name: 'Tempo',
      type: 'tempo',
      uid: dataSources.tempo,
      access: 'proxy',
      url: 'http://tempo:3200',
      jsonData: { tracesToLogsV2: { datasourceUid: dataSources.loki, filterByTraceID: true } },
    },
    {
      name: 'Alertmanager',
      type: 'alertmanager',
      uid: 'alertmanager',
      access: 'proxy',
      url: 'http://alertmanager:9093',
      jsonData: { implementation: 'prometheus' },
    },
  ],
};
