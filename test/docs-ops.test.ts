/** The dashboard and the alerts ask only for figures that there are, and the page names every figure. */
import { parse } from 'yaml';
import { createScrape } from '../src/adapters/ops/gauges';
import { createMeters, meterProcess } from '../src/adapters/ops/meters';
import { houseFile } from './fixtures/house';

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
  readonly refId: string;
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<'h' | 'w' | 'x' | 'y', number>>;
  readonly targets?: readonly Target[];
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string };
}

const dashboard = JSON.parse(houseFile('docs/ops/grafana-dashboard.json')) as Dashboard;
const alerts = parse(houseFile('docs/ops/alerts.yaml')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = alerts.groups.flatMap((group) => group.rules);
const exprs = [
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...rules.map(({ expr }) => expr),
];

/** Name, help, kind and labels of everything in `/metrics`. */
interface Served {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

function served(): readonly Served[] {
  const meters = createMeters();
  meterProcess(meters.registry);
  createScrape(meters.registry, () => Promise.reject(new Error('no store here')));
  return meters.registry.getMetricsAsArray().map((each) => {
    const {
      name,
      type,
      labelNames = [],
    } = each as unknown as {
      readonly name: string;
      readonly type: string;
      readonly labelNames?: readonly string[];
    };
    return { name, type: String(type), labels: labelNames };
  });
}

const SERVED = served();
const isHistogram = ({ type }: Served): boolean => type === 'histogram';
const seriesOf = (each: Served): readonly string[] =>
  isHistogram(each) ? ['_bucket', '_sum', '_count'].map((end) => `${each.name}${end}`) : [each.name];
const ALL = new Map(SERVED.flatMap((each) => seriesOf(each).map((series) => [series, each] as const)));
const namesIn = (expr: string): readonly string[] =>
  [...expr.matchAll(/\b((?:cutover|nodejs|process)_[a-z0-9_]+)/g)].map(([, name]) => name ?? '');
/** What Prometheus itself adds to every series, and to a histogram. */
const OWN_LABELS = ['job', 'instance', 'le'];

test('every expression asks only for figures that are served', () => {
  expect(exprs.length).toBeGreaterThan(30);
  for (const expr of exprs) {
    expect(namesIn(expr)).not.toEqual([]);
    expect([expr, namesIn(expr).filter((name) => !ALL.has(name))]).toEqual([expr, []]);
  }
});

test('every expression tells series apart by labels that they have', () => {
  for (const expr of exprs) {
    const has = [...namesIn(expr).flatMap((name) => ALL.get(name)?.labels ?? []), ...OWN_LABELS];
    const selected = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, inner]) =>
      [...(inner ?? '').matchAll(/(\w+)(?:=~|!=|!~|=)"/g)].map(([, label]) => label ?? ''),
    );
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, inner]) => (inner ?? '').split(/,\s*/));
    expect([expr, [...selected, ...grouped].filter((label) => !has.includes(label))]).toEqual([expr, []]);
  }
});

test('every figure of the product is shown', () => {
  const asked = new Set(exprs.flatMap(namesIn));
  const unseen = SERVED.filter(({ name }) => name.startsWith('cutover_')).filter(
    (each) => !seriesOf(each).some((series) => asked.has(series)),
  );
  expect(unseen.map(({ name }) => name)).toEqual([]);
});

test('the dashboard is one that Grafana imports: ids once, panels inside the grid and beside each other', () => {
  expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
  expect([dashboard.uid, dashboard.title]).toEqual(['cutover', 'Cutover']);
  expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'job']);
  const { panels } = dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = new Set<string>();
  for (const { type, title, gridPos, targets } of panels) {
    expect(['row', 'timeseries', 'stat']).toContain(type);
    expect(title).not.toBe('');
    expect(type === 'row' ? targets : new Set(targets?.map(({ refId }) => refId)).size).toEqual(
      type === 'row' ? undefined : targets?.length,
    );
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect([title, cells.has(`${x},${y}`)]).toEqual([title, false]);
        cells.add(`${x},${y}`);
      }
  }
});

test('legends name labels that the expression leaves', () => {
  for (const { targets = [] } of dashboard.panels)
    for (const { expr, legendFormat } of targets) {
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? '');
      const left = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, inner]) => (inner ?? '').split(/,\s*/));
      expect([expr, named.filter((label) => !(left.length === 0 ? OWN_LABELS : left).includes(label))]).toEqual([
        expr,
        [],
      ]);
    }
});

test('every alert has a name of its own, says what is and what to do, and stands in the guide', () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  const guide = houseFile('docs/operating.md');
  for (const { alert, labels, annotations } of rules) {
    expect(['page', 'ticket']).toContain(labels.severity);
    expect(annotations.summary.length * annotations.action.length).toBeGreaterThan(0);
    expect(guide).toContain(`\`${alert}\``);
  }
});
