/** Where spans are sent, and with what: read once, refused with a sentence that shows no secret. */
import { parseSettings } from '../src/parse/settings';

const NEEDED = {
  SLACK_BOT_TOKEN: 'xoxb-token-1',
  SLACK_SIGNING_SECRET: 'signing-secret-1',
  CUTOVER_CHANNEL: 'C0CHANNEL',
  GENESYS_REGION: 'us_west_2',
  GENESYS_CLIENT_ID: 'client',
  GENESYS_CLIENT_SECRET: 'secret-1',
  POWERDNS_URL: 'https://dns.example.com',
  POWERDNS_API_KEY: 'key-1',
  LEGACY_URL: 'https://legacy.example.com',
  LEGACY_TOKEN: 'token-1',
  CRM_URL: 'https://crm.example.com',
  CRM_TOKEN: 'token-2',
};
const ENDPOINT = 'https://collector.example.com/otlp/';

const read = (more: Readonly<Record<string, string>>) => parseSettings({ ...NEEDED, ...more });
function traceOf(more: Readonly<Record<string, string>>) {
  const parsed = read(more);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.value.trace;
}

describe('spans', () => {
  it('are sent nowhere unless a collector is named', () => {
    expect(traceOf({})).toBeNull();
    expect(traceOf({ OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=1' })).toBeNull();
  });

  it('are sent to the collector that is named, with its headers decoded', () => {
    const headers = 'X-Api-Key=a%20key%2C%20one, authorization=Basic%20QTpC';
    const more = { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: headers };
    expect(traceOf(more)).toEqual({
      endpoint: 'https://collector.example.com/otlp',
      headers: { 'x-api-key': 'a key, one', authorization: 'Basic QTpC' },
      service: 'cutover',
    });
    expect(traceOf({ ...more, OTEL_SERVICE_NAME: 'cutover-emea' })?.service).toBe('cutover-emea');
    expect(traceOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' })?.endpoint).toBe('http://127.0.0.1:4318');
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector.example.com:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://user:hunter2@collector.example.com'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'hunter2'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'x-api-key=hunter2%0d%0aevil:%201'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'x-api-key=hunter2%'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'x-api-key=hunter2,x-api-key=hunter2'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'x(api)key=hunter2'],
    ['OTEL_SERVICE_NAME', 'two words'],
    ['OTEL_SERVICE_NAME', 'x'.repeat(81)],
  ])('are refused with %s like %j', (name, value) => {
    const parsed = read({ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, [name]: value });
    const faults = parsed.ok ? [] : parsed.faults;
    expect(faults.map(({ place }) => place)).toEqual([name]);
    expect(JSON.stringify(faults)).not.toContain('hunter2');
  });

  it('may bear a name of eighty characters', () => {
    const more = { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_SERVICE_NAME: 'x'.repeat(80) };
    expect(traceOf(more)?.service).toHaveLength(80);
  });
});
