/** Requests to the signed door, each of them certainly bad: how they are made up. */
import fc from 'fast-check';
import { APPROVER, OPERATOR, OUTSIDER } from '../../sandbox/people';
import type { House } from './house';
import { UNKNOWN_PEOPLE } from './slack-door';
import { clickPayload, FORM, payloadBody, slashBody, slashFields, TEAM, viewPayload } from './slack-requests';
import { type Json, nastyText, woundedBytes, woundedJson, woundedText } from './wounds';

/** How an input is signed: `now` is as Slack does it. */
export type Signing =
  | { readonly kind: 'now' }
  | { readonly kind: 'with'; readonly secret: string }
  | { readonly kind: 'at'; readonly seconds: number }
  | { readonly kind: 'of'; readonly text: string }
  | { readonly kind: 'as'; readonly headers: Readonly<Record<string, string>> };

interface Request {
  readonly kind: 'request';
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** As bytes, base64, where they are no text. */
  readonly bytes: string | null;
  readonly signing: Signing;
}

export type Input =
  | Request
  | { readonly kind: 'slash'; readonly user: string; readonly text: string }
  | { readonly kind: 'raw'; readonly bytes: string }
  | { readonly kind: 'again'; readonly text: string };

/** People who may steer nothing, whatever they send. */
export const nobody: fc.Arbitrary<string> = fc.oneof(
  fc.constant(OUTSIDER),
  fc.tuple(fc.constantFrom(...UNKNOWN_PEOPLE), fc.nat({ max: 40 })).map(([name, n]) => `${name}${n}X`),
);

/** Every input is certainly bad: see the entrance. */
export function badRequests(house: House): fc.Arbitrary<Input> {
  const { sender, card, approval, door } = house;
  const nowhere = door.answerAt('nobody');
  const approve = clickPayload({ card, user: APPROVER, value: approval, answerAt: nowhere });
  const good = [
    payloadBody(JSON.stringify(approve)),
    slashBody({ user: OPERATOR, text: 'abort site-b now', answerAt: nowhere }),
    slashBody({ user: OPERATOR, text: 'pause site-b', answerAt: nowhere }),
  ];
  const request = (more: Partial<Request>): Request => ({
    kind: 'request',
    method: 'POST',
    path: '/slack/events',
    headers: FORM,
    body: '',
    bytes: null,
    signing: { kind: 'now' },
    ...more,
  });

  const forgery: fc.Arbitrary<Signing> = fc.oneof(
    fc
      .oneof(fc.constantFrom('', 'secret', sender.secret.toUpperCase(), `${sender.secret} `), hexadecimal(64))
      .filter((secret) => secret !== sender.secret)
      .map((secret) => ({ kind: 'with' as const, secret })),
    fc
      .oneof(fc.integer({ min: 310, max: 10 ** 9 }), fc.integer({ min: -(10 ** 9), max: -310 }))
      .map((seconds) => ({ kind: 'at' as const, seconds })),
    nastyText.map((text) => ({ kind: 'of' as const, text: `${text}!` })),
    fc.record({ time: timeText, signature: signatureText }).map(({ time, signature }) => ({
      kind: 'as' as const,
      headers: { 'x-slack-request-timestamp': time, 'x-slack-signature': signature },
    })),
    fc.constant({ kind: 'as' as const, headers: {} }),
  );
  /** A good order of somebody who may give it, under a signature that is none. */
  const forged = fc.tuple(fc.constantFrom(...good), forgery).map(([body, signing]) => request({ body, signing }));

  const bodies = (user: string): fc.Arbitrary<string> => {
    const click = clickPayload({ card, user, value: approval, answerAt: nowhere });
    const metadata = JSON.stringify({ v: 1, kind: 'gate.hold', ...cardOf(approval), channel: 'C0CUTOVER' });
    const view = viewPayload({
      user,
      metadata,
      values: { reason: { text: { type: 'plain_text_input', value: 'x' } } },
    });
    const other = { type: 'view_closed', user: { id: user }, team: { id: TEAM }, view: { id: 'V1', type: 'modal' } };
    const event = {
      type: 'event_callback',
      team_id: TEAM,
      event: { type: 'message', user, text: 'x', channel: 'C1', ts: '1.1' },
    };
    const shapes: readonly Json[] = [
      click,
      view,
      other,
      event,
      { ...click, type: 'shortcut', callback_id: 'x' },
      { ...click, type: 'interactive_message' },
      { ...click, type: 'message_action', callback_id: 'x' },
      { ...click, type: 'block_suggestion', value: 'x' },
      { ...click, type: 'dialog_submission', callback_id: 'x' },
      { ...click, type: 'workflow_step_edit', callback_id: 'x' },
    ] as unknown as readonly Json[];
    return fc.oneof(
      { weight: 6, arbitrary: fc.oneof(...shapes.map((shape) => woundedJson(shape))).map(payloadBody) },
      {
        weight: 2,
        arbitrary: fc.constantFrom(...shapes).chain((shape) => woundedText(payloadBody(JSON.stringify(shape)))),
      },
      { weight: 2, arbitrary: woundedText(slashBody({ user, text: 'status site-b', answerAt: nowhere })) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom(...Object.keys(slashFields({ user, text: '', answerAt: '' }))), nastyText)
          .map(([name, text]) =>
            new URLSearchParams({
              ...slashFields({ user, text: 'status site-b', answerAt: nowhere }),
              [name]: text,
            }).toString(),
          ),
      },
      { weight: 1, arbitrary: nastyText },
      { weight: 1, arbitrary: fc.json() },
    );
  };
  // A body that was wounded in its user may still name somebody, but nobody of the policy: no wound writes such an id.
  const byNobody = nobody.chain((user) => bodies(user)).map((body) => request({ body }));
  const byNobodyAsJson = nobody
    .chain((user) => woundedJson(clickPayload({ card, user, value: approval, answerAt: nowhere }) as unknown as Json))
    .map((body) => request({ body, headers: { 'content-type': 'application/json' } }));
  const bytes = nobody
    .chain((user) => woundedBytes(Buffer.from(slashBody({ user, text: 'status site-b', answerAt: nowhere }))))
    .map((of) => request({ bytes: of.toString('base64') }));

  /** Good orders in a wrapping that is not Slack's. */
  const wrapped = fc
    .record({
      method: fc.constantFrom('GET', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND'),
      path: fc.constantFrom(
        '/slack/events',
        '/',
        '//',
        '/slack/events/',
        '/slack/../slack/events',
        '/slack/events/%2e',
        '/SLACK/EVENTS',
        '/healthz',
        '/metrics',
        '/slack/install',
        '/*',
        '/%',
        '/%00',
        '/slack/events;x',
        '/slack/oauth_redirect?code=1',
        'http://evil.example.com/slack/events',
        '/readyz/%ff',
        '//slack/events',
        '/\\',
        '/?a=%',
      ),
      body: fc.constantFrom(...good),
      post: fc.boolean(),
    })
    .filter(
      ({ path, post }) =>
        !post ||
        !['/slack/events', '/slack/../slack/events', '/SLACK/EVENTS', 'http://evil.example.com/slack/events'].includes(
          path,
        ),
    )
    .map(({ method, path, body, post }) => request({ method: post ? 'POST' : method, path, body }));
  const otherType = fc
    .tuple(
      fc.constantFrom('text/plain', 'application/json', 'multipart/form-data; boundary=x', 'application/xml', ''),
      fc.constantFrom(...good),
    )
    .map(([type, body]) => request({ body, headers: { 'content-type': type } }));
  const zipped = fc
    .tuple(fc.constantFrom('gzip', 'br', 'deflate', 'identity, gzip', 'x'), nobody)
    .map(([encoding, user]) =>
      request({
        headers: { ...FORM, 'content-encoding': encoding },
        body: slashBody({ user, text: 'pause site-b', answerAt: nowhere }),
      }),
    );
  const strangers = fc
    .tuple(
      fc.constantFrom(...good),
      fc
        .oneof(fc.constantFrom('T0OTHER001', '', 'T0SANDBOX', 't0sandbox1', `${TEAM}1`), nastyText)
        .filter((team) => team !== TEAM),
    )
    .map(([body, team]) => request({ body: elsewhere(body, team) }));

  /** Only reading is left to nobody in particular; words that no steering is made of are for everybody. */
  const slash = fc.record({
    kind: fc.constant('slash' as const),
    user: nobody,
    text: fc.oneof(
      nastyText,
      fc
        .constantFrom(
          'status site-b',
          'audit site-b',
          'help',
          'pause site-b',
          'resume site-b',
          'abort site-b x',
          'rollback site-b x',
          'skip site-b x',
          'waive site-b line x',
          'retry site-b',
        )
        .chain(woundedText),
      fc
        .tuple(
          fc.constantFrom('pause', 'resume', 'rollback', 'abort', 'skip', 'waive'),
          fc.constantFrom('site-b', 'site-b-wave-1', 'site-z', 'SITE-B'),
          nastyText,
        )
        .map((words) => words.join(' ')),
    ),
  });
  const fool = fc.record({
    kind: fc.constant('slash' as const),
    user: fc.constant(OPERATOR),
    // No word of it can be a site's name.
    text: nastyText.map((text) => text.replace(/[ts]/gi, '')).filter((text) => text.trim() !== ''),
  });
  const again = fc.record({
    kind: fc.constant('again' as const),
    text: fc.constantFrom('help', 'status site-b', 'sites'),
  });
  const raw = fc
    .oneof(
      woundedText('POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello'),
      woundedText(
        'POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
      ),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom(
        '\r\n\r\n',
        'GET',
        `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
        `POST /slack/events HTTP/1.1\r\nHost: x\r\nX: ${'b'.repeat(20_000)}\r\n\r\n`,
        'POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\nx',
        'POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
        'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
        'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
        'GET // HTTP/1.1\r\nHost: x\r\n\r\n',
        'GET http:// HTTP/1.1\r\nHost: x\r\n\r\n',
        'GET /healthz%ff%2f HTTP/1.1\r\nHost: x\r\n\r\n',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
      ),
    )
    .map((text) => ({ kind: 'raw' as const, bytes: Buffer.from(text, 'latin1').toString('base64') }));

  return fc.oneof(
    { weight: 5, arbitrary: forged },
    { weight: 6, arbitrary: byNobody },
    { weight: 1, arbitrary: byNobodyAsJson },
    { weight: 1, arbitrary: bytes },
    { weight: 1, arbitrary: wrapped },
    { weight: 1, arbitrary: otherType },
    { weight: 1, arbitrary: zipped },
    { weight: 1, arbitrary: strangers },
    { weight: 4, arbitrary: slash },
    { weight: 1, arbitrary: fool },
    { weight: 1, arbitrary: again },
    { weight: 1, arbitrary: raw },
  );
}

const hexadecimal = (maxLength: number) => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), maxLength });
const timeText = fc.oneof(
  fc.constantFrom('', 'soon', '0', '-1', 'NaN', '1e309', '0x10', '9007199254740993', '99999999999999999999'),
  fc.integer().map(String),
);
const signatureText = fc.oneof(
  fc.constantFrom('', 'v0=', 'v1=00', 'v0=zz', `v0=${'0'.repeat(64)}`, `v0=${'0'.repeat(10_000)}`, 'sha256=00'),
  hexadecimal(80).map((hex) => `v0=${hex}`),
);

export function cardOf(value: string): {
  readonly w: string;
  readonly s: string;
  readonly g: number;
  readonly h: string;
} {
  const { w, s, g, h } = JSON.parse(value) as { w: string; s: string; g: number; h: string };
  return { w, s, g, h };
}

/** The same order, as if it came from another workspace. */
function elsewhere(body: string, team: string): string {
  const fields = new URLSearchParams(body);
  const payload = fields.get('payload');
  if (payload === null) fields.set('team_id', team);
  else {
    const whole = JSON.parse(payload) as { team: { id: string } };
    fields.set('payload', JSON.stringify({ ...whole, team: { ...whole.team, id: team }, team_id: undefined }));
  }
  return fields.toString();
}
