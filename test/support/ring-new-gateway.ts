import { readSites } from '../../sandbox/twin/model/site-file';

/** Sets the new destination of the site's carrier in front, which goes by its own list and not by DNS. */
export async function ringNewGateway(
  settings: Readonly<Record<string, string>>,
  sitesDir: string,
  site = 'site-d',
): Promise<void> {
  const { carrier } = readSites(sitesDir).find(({ file }) => file.site === site)?.file ?? {};
  const credentials = `${settings.TWILIO_ACCOUNT_SID}:${settings.TWILIO_AUTH_TOKEN}`;
  const url = `${settings.TWILIO_URL}/v1/Trunks/${carrier?.trunk}/OriginationUrls/${carrier?.target}`;
  const headers = { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  const body = new URLSearchParams({ Enabled: 'true', Priority: '1' });
  const reply = await fetch(url, { method: 'POST', headers, body });
  expect(reply.status).toBe(200);
}
